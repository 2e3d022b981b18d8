package views

import (
	"cmp"
	"strings"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// TokenSecretProps is the one showing of a secret, in the answer to the POST
// that made it.
type TokenSecretProps struct {
	Token      console.Token
	Secret     string
	Repository string
	// BaseURL is where services reach the console.
	BaseURL string
	Page    bool
	Reader  Reader
	// Dashboard is what a new link opens; nil for other tokens.
	Dashboard *console.Asset
	// Leave is where the page leads to afterwards, if not to the tokens.
	Leave string
	// Old is what became of the secret before; its zero value for a new token.
	Old console.KeptSecret
}

func (p TokenSecretProps) rotated() bool { return !p.Old.CreatedAt.IsZero() }

func (p TokenSecretProps) pageTitle() string {
	if p.rotated() {
		return "Secret rotated"
	}
	return "Token created"
}

func (p TokenSecretProps) dialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: p.Token.Name + " is ready", Text: "Copy its secret now. We keep only a hash, so it can’t be shown again.",
		Icon: "circle-check", Tone: ui.OK, Size: "lg", Guard: true,
		Page: p.Page, Back: TokensPath(p.Repository), Return: "new-token",
	}
	if p.rotated() {
		d.Title, d.Back, d.Return = p.Token.Name+" has a new secret", TokenPath(p.Repository, p.Token.GUID), "panel-rotate"
		d.Text = "Copy it now. We keep only a hash, so it can’t be shown again."
	}
	d.Back = cmp.Or(p.Leave, d.Back)
	return d
}

// done is where the token is shown.
func (p TokenSecretProps) done() string {
	return cmp.Or(p.Leave, TokenPath(p.Repository, p.Token.GUID))
}

// label is what the secret is called.
func (p TokenSecretProps) label() string {
	if p.Dashboard != nil {
		return "Link"
	}
	return "Token secret"
}

// verifyCommand asks the console what the secret is worth.
func (p TokenSecretProps) verifyCommand() string {
	return "curl -s -X POST -H 'Authorization: Bearer " + p.Secret + "' '" + p.BaseURL + "/verify'"
}

// warning says what somebody else could do with the secret.
func (p TokenSecretProps) warning() string {
	text := "Anyone with this secret can use " + someScopes(p.Token.Scopes)
	switch {
	case p.Dashboard != nil:
		text = "Anyone with this link can see the dashboard " + p.Dashboard.Name
	case p.Token.Type == console.TypePersonal:
		text = "Anyone with this secret can do everything that you may"
	}
	if len(p.Token.Repositories) > 0 {
		text += " in " + belongsTo(p.Token)
	}
	if n := len(p.Token.Assets); n > 0 {
		text += ", with rights on " + plural(n, "single asset", "single assets")
	}
	if p.Token.ActiveFrom().After(p.Reader.Now) {
		text += " from " + p.Reader.Date(p.Token.ActiveFrom())
	}
	if !p.Token.ValidTo.IsZero() {
		text += " until " + p.Reader.Date(p.Token.ValidTo)
	}
	return text + ". Keep it in a secret manager, not in code or chat."
}

// someScopes names scopes, at most three of them.
func someScopes(scopes []string) string {
	if len(scopes) > 3 {
		return strings.Join(scopes[:3], ", ") + " and " + plural(len(scopes)-3, "more scope", "more scopes")
	}
	if len(scopes) < 2 {
		return strings.Join(scopes, "")
	}
	last := len(scopes) - 1
	return strings.Join(scopes[:last], ", ") + " and " + scopes[last]
}

// validSpan is when t is valid, in words.
func validSpan(t console.Token, r Reader) string {
	text := "Now"
	if t.ActiveFrom().After(r.Now) {
		text = "From " + r.Moment(t.ActiveFrom())
	}
	if t.ValidTo.IsZero() {
		return text + ", with no end date"
	}
	return text + " until " + r.Moment(t.ValidTo)
}
