package views

import (
	"slices"
	"strconv"
	"time"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// rowsOf are the rows of a list, fifty or a hundred, and with them most of what it
// takes to write the page: so they are no templates. Behind them is what fills their menu.
func rowsOf(p TokenTableProps) ui.Drawing {
	return func(m *ui.Markup) {
		var menus []*rowMenu
		for _, t := range p.Tokens {
			actions := tokenActions(p.Repository, t, p.Reader, p.Refused[t.GUID])
			menu := slices.IndexFunc(menus, func(menu *rowMenu) bool { return menu.actions.alike(&actions) })
			if menu < 0 {
				menu = len(menus)
				menus = append(menus, &rowMenu{t, actions})
			}
			p.row(m, t, &actions, menu)
			m.Flush()
		}
		for i, menu := range menus {
			menu.template(m, i, p)
		}
	}
}

// row leaves what all rows share to the table: its links open as dialogs, unless
// they say otherwise.
func (p TokenTableProps) row(m *ui.Markup, t console.Token, actions *tokenActs, menu int) {
	guid, name := ui.Escape(string(t.GUID)), ui.Escape(t.Name)
	m.Add(`<tr role="row" id="t-`).Escaped(guid).Add(`"`)
	if t.Status(p.Reader.Now).Final() {
		m.Add(` class="off"`)
	}
	if t.GUID == p.Open {
		m.Add(` aria-current="true"`)
	}
	m.Add(`><td role="cell" class="c-check"><input type="checkbox" class="check" form="`).Text(p.boxForm()).
		Add(`" data-row name="guid" value="`).Escaped(guid).Add(`" autocomplete="off" aria-label="Select `).Escaped(name).Add(`"></td>`).
		Add(`<td role="cell" class="c-name"><a class="nm" id="` + nameLink).Escaped(guid).Add(`" href="`)
	details := p.details(t)
	detailsLink(m, details)
	scopes := ui.Escape(p.scopesOf(t))
	m.Add(` title="`).Escaped(name).Add(`"><span hx-ignore>`).Escaped(name).Add(`</span></a> <small title="`).
		Escaped(scopes).Add(`" hx-ignore>`).Escaped(scopes).Add(`</small></td>`)
	p.columns(m, t)
	m.Add(`<td role="cell" class="c-stat">`).Draw(ui.Status(tokenStatus(t, p.Reader))).
		Add(`</td><td role="cell" class="c-act"><div class="acts">`)
	for i := range actions {
		if p.CanWrite && actions[i].inRow {
			actions[i].button(m, guid, name)
		}
	}
	if !p.CanWrite {
		m.Add(`<a class="ibtn" href="`)
		detailsLink(m, details)
		m.Add(` aria-label="Details of `).Escaped(name).Add(`" title="Details">`).Draw(ui.Icon("file-text")).Add(`</a>`)
	}
	m.Add(`<button type="button" class="ibtn act-more" id="more-`).Escaped(guid).Add(`" popovertarget="` + rowMenuID + `" data-menu="` + rowMenuID + `-`).
		Text(strconv.Itoa(menu)).Add(`" aria-label="Actions for `).Escaped(name).Add(`">`).Draw(ui.Icon("ellipsis")).Add(`</button></div></td></tr>`)
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

// button is the action in the row of the token with that GUID and name.
func (a *tokenAction) button(m *ui.Markup, guid, name ui.Escaped) {
	if a.why != "" {
		m.Add(`<button type="button" class="ibtn" disabled aria-label="`).Text(a.said()).Add(`" title="`).Text(a.why).Add(`">`).Draw(ui.Icon(a.icon)).Add(`</button>`)
		return
	}
	m.Add(`<a class="ibtn`)
	if a.bad {
		m.Add(` ibtn-bad`)
	}
	m.Add(`" id="`).Text(a.name).Add(`-`).Escaped(guid).Add(`" href="`).Text(a.href()).Add(`" aria-label="`).Text(a.label).Add(` `).Escaped(name).
		Add(`" title="`).Text(a.label).Add(`">`).Draw(ui.Icon(a.icon)).Add(`</a>`)
}
