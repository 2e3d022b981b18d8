package views

import (
	"strconv"

	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// TokenRotationProps asks for how long the old secret of a token works beside a
// new one.
type TokenRotationProps struct {
	Token      console.Token
	Repository string
	Page       bool
	Reader     Reader
	// ID and Seal are the one-time value of this rotation and the proof that the
	// server handed it out.
	ID   console.GUID
	Seal string
	// Overlap is the name of what is chosen, OverlapUntil for the time in Until.
	Overlap string
	Until   string
	// Secrets are those that the token has or had.
	Secrets []console.KeptSecret
	Errors  map[string]string
	// Problem is what keeps the token from being rotated as asked.
	Problem string
}

// OverlapUntil is the name of an overlap that ends at a chosen time.
const OverlapUntil = "time"

// oldest is the secret that the rotation would end at once, if there is one.
func (p TokenRotationProps) oldest() (console.KeptSecret, bool) {
	return console.Overlapping(p.Secrets, p.Reader.Now)
}

func (p TokenRotationProps) dialog() ui.DialogProps {
	return ui.DialogProps{
		Title: "Rotate the secret of " + p.Token.Name + "?",
		Text:  "It gets a new secret under the same GUID. Choose how long the present one keeps working.",
		Icon:  "rotate-cw", Page: p.Page, Back: TokenPath(p.Repository, p.Token.GUID), Return: "panel-rotate",
	}
}

func (p TokenRotationProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "rotation-form", Action: RotationPath(p.Repository, p.Token.GUID), Gate: true}, p.Page)
}

// overlapChoices are the overlaps that are offered, by name.
var overlapChoices = []struct{ name, label, hint string }{
	{"now", "Ends at once", "Requests that carry it get 401."},
	{"1h", "Works for 1 hour", ""},
	{"24h", "Works for 24 hours", ""},
	{"7d", "Works for 7 days", ""},
	{"first-use", "Until the new one is used", "The first use ends it; else it ends in 7 days."},
	{OverlapUntil, "Until a time you choose", "At most 7 days from now."},
}

// choice are the attributes of the radio button of an overlap.
func (p TokenRotationProps) choice(name string) templ.Attributes {
	return templ.Attributes{"autofocus": name == p.Overlap, "id": "f-overlap-" + name}
}

func (p TokenRotationProps) untilField() ui.DateFieldProps {
	return ui.DateFieldProps{
		FieldProps: ui.FieldProps{ID: "f-until", Label: "Time you choose", Optional: true, Error: p.Errors["until"], Hint: "Times are in " + p.Reader.ZoneName() + "."},
		Name:       "until", Value: p.Until, Now: p.Reader.Wall(p.Reader.Now), Time: "00:00",
	}
}

func (p TokenRotationProps) version() string { return strconv.Itoa(p.Token.Version) }

// oldestText says what the secret is that the rotation would end at once.
func oldestText(s console.KeptSecret, r Reader) string {
	return "Two secrets work already. The older one was made on " + r.Moment(s.CreatedAt) + " and was " + lastUsed(s, r) +
		". Rotating again ends it at once."
}

// lastUsed says when a secret was last used.
func lastUsed(s console.KeptSecret, r Reader) string {
	if s.UsedAt.IsZero() {
		return "never used"
	}
	return "last used " + r.Ago(s.UsedAt)
}

// secretName tells a token's secrets apart.
func secretName(s console.KeptSecret) string {
	if s.Current() {
		return "Current secret"
	}
	return "Old secret"
}

// secretEnd says until when a secret works.
func secretEnd(s console.KeptSecret, r Reader) string {
	switch {
	case s.Current():
		return "Works as long as the token"
	case !s.Live(r.Now):
		return "Ended on " + r.Moment(s.EndsAt)
	case s.UntilUsed:
		return "Works until the current one is used, at the latest until " + r.Moment(s.EndsAt)
	}
	return "Works until " + r.Moment(s.EndsAt)
}

// liveSecrets are the secrets of the token that work, or would if it were active.
func (p TokenShowProps) liveSecrets() []console.KeptSecret {
	var live []console.KeptSecret
	for _, s := range p.Secrets {
		if s.Live(p.Reader.Now) && !p.status().Final() {
			live = append(live, s)
		}
	}
	return live
}

// secretsNote sums the secrets up.
func (p TokenShowProps) secretsNote() string {
	live := len(p.liveSecrets())
	if ended := len(p.Secrets) - live; ended > 0 {
		return Number(live) + " live, " + Number(ended) + " ended"
	}
	return Number(live) + " live"
}

// OverlapEndProps asks whether to end the secret that works beside the current one.
type OverlapEndProps struct {
	Token      console.Token
	Repository string
	Page       bool
	Reader     Reader
	// Old is the secret to end; its zero value if there is none.
	Old console.KeptSecret
}

func (p OverlapEndProps) none() bool { return p.Old.Current() }

func (p OverlapEndProps) dialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: "End the old secret of " + p.Token.Name + "?",
		Text:  "It stops working at once; the current secret goes on. You can’t undo this.",
		Icon:  "timer", Tone: ui.Bad, Size: "sm", Alert: true, Light: true,
		Page: p.Page, Back: TokenPath(p.Repository, p.Token.GUID), Return: "panel-overlap-end",
	}
	if p.none() {
		d.Title, d.Text = p.Token.Name+" has one secret", "There is no old one to end."
	}
	return d
}

func (p OverlapEndProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "overlap-end-form", Action: OverlapEndPath(p.Repository, p.Token.GUID)}, p.Page)
}

func (p OverlapEndProps) figures() []ui.Figure {
	used := "Never"
	if !p.Old.UsedAt.IsZero() {
		used = p.Reader.Ago(p.Old.UsedAt)
	}
	return []ui.Figure{{Name: "Last used", Value: used}, {Name: "Would end", Value: p.Reader.Relative(p.Old.EndsAt)}}
}

// OverlapEndedNotice says that a token's old secret was ended.
func OverlapEndedNotice(t console.Token) console.Notice {
	return console.Notice{Title: "Old secret of " + t.Name + " ended", Detail: "Only the current one works."}
}

// TokenFindProps asks for a token string, or says whose it is.
type TokenFindProps struct {
	Page   bool
	Reader Reader
	Errors map[string]string
	// Asked is whether this is the answer; Token is empty if nothing was found.
	Asked  bool
	Token  console.Token
	Secret console.KeptSecret
}

func (p TokenFindProps) found() bool { return p.Token.GUID != "" }

func (p TokenFindProps) dialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: "Find by secret", Text: "Paste a token string to see which token it belongs to. It is neither kept nor logged.",
		Icon: "text-search", Size: "sm", Page: p.Page, Back: TokensPath(""), Return: "find-token",
	}
	switch {
	case p.Asked && !p.found():
		d.Title, d.Text = "No token found", "No token that you may see has this secret."
		d.Tone, d.Icon = ui.Warn, "circle-help"
	case p.Asked && p.Secret.Current():
		d.Size = ""
		d.Title, d.Text = "The secret of "+p.Token.Name, "This is its current secret."
		d.Tone, d.Icon = ui.OK, "search-check"
	case p.Asked:
		d.Size = ""
		d.Title, d.Text = "An old secret of "+p.Token.Name, secretEnd(p.Secret, p.Reader)+"."
		d.Tone, d.Icon = ui.Info, "history"
	}
	return d
}

func (p TokenFindProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "find-form", Action: FindTokenPath(), Gate: true}, p.Page)
}
