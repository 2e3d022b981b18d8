package views

import (
	"time"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// rowsOf are the rows of a list, fifty or a hundred, and with them most of what it
// takes to write the page: so they are no templates.
func rowsOf(p TokenTableProps) ui.Drawing {
	return func(m *ui.Markup) {
		for _, t := range p.Tokens {
			p.row(m, t)
			m.Flush()
		}
	}
}

// row leaves what all rows share to the table: its links open as dialogs, unless
// they say otherwise.
func (p TokenTableProps) row(m *ui.Markup, t console.Token) {
	guid := string(t.GUID)
	m.Add(`<tr role="row" id="t-`).Text(guid).Add(`"`)
	if t.Status(p.Reader.Now).Final() {
		m.Add(` class="off"`)
	}
	if t.GUID == p.Open {
		m.Add(` aria-current="true"`)
	}
	m.Add(`><td role="cell" class="c-check"><input type="checkbox" class="check" form="`).Text(p.boxForm()).
		Add(`" data-row name="guid" value="`).Text(guid).Add(`" autocomplete="off" aria-label="Select `).Text(t.Name).Add(`"></td>`).
		Add(`<td role="cell" class="c-name"><a class="nm" id="` + nameLink).Text(guid).Add(`" href="`)
	details := p.details(t)
	detailsLink(m, details)
	scopes := p.scopesOf(t)
	m.Add(` title="`).Text(t.Name).Add(`"><span hx-ignore>`).Text(t.Name).Add(`</span></a> <small title="`).
		Text(scopes).Add(`" hx-ignore>`).Text(scopes).Add(`</small></td>`)
	p.columns(m, t)
	m.Add(`<td role="cell" class="c-stat">`).Draw(ui.Status(tokenStatus(t, p.Reader))).Add(`</td><td role="cell" class="c-act">`)
	p.actions(m, t, details)
	m.Add(`</td></tr>`)
}

// detailsLink is the address of a token's details in a link to them, and what opens
// them beside the list.
func detailsLink(m *ui.Markup, details string) {
	m.Text(details).Add(`" hx-target="#`).Text(PanelSlotID).Add(`" hx-push-url="true"`)
}

// columns are the cells that may be left out.
func (p TokenTableProps) columns(m *ui.Markup, t console.Token) {
	if p.shows(console.ColumnGUID) {
		m.Add(`<td role="cell" class="c-guid">`).Draw(ui.Guid(string(t.GUID))).Add(`</td>`)
	}
	if from := t.ActiveFrom(); p.shows(console.ColumnStarts) {
		here := from.In(p.Reader.Zone)
		m.Add(`<td role="cell" class="c-from"><time datetime="`).Time(from.UTC(), time.RFC3339).Add(`">`).Time(here, dateLayout).Add(`</time> <small>`)
		if from.After(p.Reader.Now) {
			m.Text(p.Reader.Relative(from))
		} else {
			m.Time(here, clockLayout).Text(" ", zoneAt(here))
		}
		m.Add(`</small></td>`)
	}
	if p.shows(console.ColumnExpires) {
		m.Add(`<td role="cell" class="c-exp">`)
		expiration(m, t, p.Reader)
		m.Add(`</td>`)
	}
	if p.shows(console.ColumnUsed) {
		m.Add(`<td role="cell" class="c-used"><span class="sub">`).Draw(lastUse(t.UsedAt, p.Reader)).Add(`</span></td>`)
	}
}

// lastUse is when a token was used last, seen from now.
func lastUse(at time.Time, r Reader) ui.Drawing {
	return func(m *ui.Markup) {
		if at.IsZero() {
			m.Add(`Never`)
			return
		}
		moment(m, at, r)
		m.Text(r.past(at)).Add(`</time>`)
	}
}

// moment begins a time that says more when it is pointed at.
func moment(m *ui.Markup, at time.Time, r Reader) {
	here := at.In(r.Zone)
	m.Add(`<time datetime="`).Time(at.UTC(), time.RFC3339).Add(`" title="`).Time(here, dateLayout+", "+clockLayout).Add(` `).Text(zoneAt(here)).Add(`">`)
}

func expiration(m *ui.Markup, t console.Token, r Reader) {
	m.Add(`<div class="exp"><span class="exp-t">`)
	end := tokenEnd(t)
	if end.IsZero() {
		m.Add(`<span class="sub">Never expires</span></span></div>`)
		return
	}
	moment(m, end, r)
	m.Time(end.In(r.Zone), dateLayout).Add(`</time> <small>`).Text(r.Relative(end)).Add(`</small></span> `).
		Draw(ui.Life(lifetimeUsed(t, r), lifeTone(t, r))).Add(`</div>`)
}

// actions are the buttons of a row, and the menu that stands for all of them where
// there is no room. Without a word their links go where the table says.
func (p TokenTableProps) actions(m *ui.Markup, t console.Token, details string) {
	all := tokenActions(p.Repository, t, p.Reader, p.Refused[t.GUID])
	m.Add(`<div class="acts">`)
	if p.CanWrite {
		for _, action := range all {
			if action.inRow {
				action.button(m)
			}
		}
	} else {
		m.Add(`<a class="ibtn" href="`)
		detailsLink(m, details)
		m.Add(` aria-label="Details of `).Text(t.Name).Add(`" title="Details">`).Draw(ui.Icon("file-text")).Add(`</a>`)
	}
	guid := string(t.GUID)
	m.Add(`<button type="button" class="ibtn act-more" id="more-`).Text(guid).Add(`" popovertarget="menu-`).Text(guid).
		Add(`" aria-label="Actions for `).Text(t.Name).Add(`">`).Draw(ui.Icon("ellipsis")).
		Add(`</button></div><div class="menu" id="menu-`).Text(guid).Add(`" popover><a href="`)
	detailsLink(m, details)
	m.Add(`>`).Draw(ui.Icon("file-text")).Add(`Details</a>`)
	if p.CanWrite {
		for _, action := range all {
			if action.name == "revoke" {
				m.Add(`<hr>`)
			}
			action.entry(m)
		}
	}
	m.Add(`</div>`)
}

// button is the action in the row itself.
func (a tokenAction) button(m *ui.Markup) {
	if a.why != "" {
		m.Add(`<button type="button" class="ibtn" disabled aria-label="`).Text(a.said()).Add(`" title="`).Text(a.why).Add(`">`).Draw(ui.Icon(a.icon)).Add(`</button>`)
		return
	}
	m.Add(`<a class="ibtn`)
	if a.bad {
		m.Add(` ibtn-bad`)
	}
	m.Add(`" id="`).Text(a.name, "-", string(a.guid)).Add(`" href="`).Text(a.href).Add(`" aria-label="`).Text(a.label, " ", a.of).Add(`" title="`).Text(a.label).Add(`">`).Draw(ui.Icon(a.icon)).Add(`</a>`)
}

// entry is the action in the row's menu.
func (a tokenAction) entry(m *ui.Markup) {
	switch {
	case a.why != "":
		m.Add(`<button type="button" disabled title="`).Text(a.why).Add(`">`).Draw(ui.Icon(a.icon)).Text(a.label).Add(`</button>`)
		return
	case a.atOnce:
		m.Put(menuForm(a))
		return
	case a.bad:
		m.Add(`<a class="bad" href="`)
	default:
		m.Add(`<a href="`)
	}
	m.Text(a.href).Add(`">`).Draw(ui.Icon(a.icon)).Text(a.label).Add(`</a>`)
}
