package views

import (
	"cmp"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// TokenRevocationProps asks whether to revoke a token.
type TokenRevocationProps struct {
	Token      console.Token
	Repository string
	Page       bool
	Reader     Reader
	Reason     string
	Errors     map[string]string
}

func (p TokenRevocationProps) inactive() bool { return p.Token.Status(p.Reader.Now).Final() }

func (p TokenRevocationProps) dialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: "Revoke " + p.Token.Name + "?",
		Text:  "It stops working at once and becomes inactive. Valid to is set to now. You can’t undo this.",
		Icon:  "ban", Tone: ui.Bad, Size: "sm", Alert: true, Light: true,
		Page: p.Page, Back: TokenPath(p.Repository, p.Token.GUID), Return: revokeLinkID(p.Token),
	}
	if p.inactive() {
		d.Title, d.Text = p.Token.Name+" is already inactive", "There is nothing to revoke."
	}
	return d
}

func (p TokenRevocationProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "revoke-form", Action: RevocationPath(p.Repository, p.Token.GUID)}, p.Page)
}

// tokenFigures are what to know of a token before one ends it.
func tokenFigures(t console.Token, r Reader) []ui.Figure {
	end := "Never"
	if at := tokenEnd(t); !at.IsZero() {
		end = r.Relative(at)
	}
	used := "Never"
	if !t.UsedAt.IsZero() {
		used = r.past(t.UsedAt)
	}
	return []ui.Figure{
		{Name: "Last used", Value: used},
		{Name: "Would end", Value: end},
		{Name: "Owner", Value: cmp.Or(t.Owner.Name, "Nobody")},
	}
}
