package views

import (
	"github.com/a-h/templ"

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
	f := ui.FormProps{ID: "revoke-form", Action: RevocationPath(p.Repository, p.Token.GUID)}
	if p.Page {
		f.Attrs = templ.Attributes{"hx-boost": "false"}
	} else {
		f.Target = "#modal-root"
	}
	return f
}

func (p TokenRevocationProps) figures() []ui.Figure {
	end := "Never"
	if at := tokenEnd(p.Token); !at.IsZero() {
		end = p.Reader.Relative(at)
	}
	return []ui.Figure{
		{Name: "Now", Value: console.Status(tokenStatus(p.Token, p.Reader)).Label()},
		{Name: "Would end", Value: end},
		{Name: "Owner", Value: p.Token.Owner.Name},
	}
}
