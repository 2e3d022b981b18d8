package views

import (
	"strconv"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// rowMenuID is the one menu of all rows, which stands for their buttons where there is
// no room. The script fills it when it is opened from a template, one for all rows that
// offer the same; with a number behind it, this is that template's id.
const rowMenuID = "row-menu"

// A rowMenu is what the first of the tokens has to offer that offer the same.
type rowMenu struct {
	token   console.Token
	actions tokenActs
}

// template is what fills the menu of all rows that offer the same, with the GUID of the
// first for their own.
func (r *rowMenu) template(m *ui.Markup, number int, p TokenTableProps) {
	m.Add(`<template id="` + rowMenuID + `-`).Text(strconv.Itoa(number)).Add(`" data-guid="`).Text(string(r.token.GUID)).Add(`"><a href="`)
	detailsLink(m, p.details(r.token))
	m.Add(`>`).Draw(ui.Icon("file-text")).Add(`Details</a>`)
	if p.CanWrite {
		for i := range r.actions {
			if r.actions[i].name == "revoke" {
				m.Add(`<hr>`)
			}
			r.actions[i].entry(m)
		}
	}
	m.Add(`</template>`)
}

// entry is the action in the menu.
func (a *tokenAction) entry(m *ui.Markup) {
	switch {
	case a.why != "":
		m.Add(`<button type="button" disabled title="`).Text(a.why).Add(`">`).Draw(ui.Icon(a.icon)).Text(a.label).Add(`</button>`)
		return
	case a.atOnce:
		m.Put(menuForm(*a))
		return
	case a.bad:
		m.Add(`<a class="bad" href="`)
	default:
		m.Add(`<a href="`)
	}
	m.Text(a.href()).Add(`">`).Draw(ui.Icon(a.icon)).Text(a.label).Add(`</a>`)
}
