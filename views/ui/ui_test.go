package ui

import (
	"context"
	"io"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

// attack tries to leave a text node, either kind of attribute, and a URL.
const attack = `"><script>alert(1)</script>' onload='x`

// every component, with its words and addresses taken from s.
func every(s string) map[string]templ.Component {
	field := FieldProps{ID: "f-x", Label: s, Hint: s, Now: s, Error: s, Required: true, Optional: true}
	date := DateFieldProps{FieldProps: field, Name: "valid_to", Value: s, Now: "2026-11-21T20:52", Old: s}
	dialog := DialogProps{Title: s, Text: s, Icon: "ban", Tone: Bad, Size: "lg", Back: s, Return: s, Alert: true}
	page := dialog
	page.Page, page.Guard = true, true
	guard := dialog
	guard.Alert, guard.Guard, guard.Light, guard.Lead = false, true, true, Chip(s)
	toast := ToastProps{Title: s, Text: s}
	bad := ToastProps{Title: s, Text: s, Bad: true}
	return map[string]templ.Component{
		"AckFoot":         AckFoot(guard, s, s, s),
		"AckFoot page":    AckFoot(page, s, s, s),
		"Avatar":          Avatar(s, "b", ""),
		"AvatarIcon":      AvatarIcon("boxes", "svc"),
		"Badge":           Badge(s, Warn),
		"Callout":         Callout(Info, "info"),
		"Check":           Check("radio", "x", s, s, s, true, nil),
		"Chip":            Chip(s),
		"Choices":         Choices("radio", s, []Choice{{Value: s, Label: s, Chosen: true}}),
		"Confirm":         Confirm(field, "confirm", s, s),
		"CopyButton":      CopyButton(CopyProps{Text: s, From: s, What: s}),
		"Crumbs":          Crumbs(Crumb{s, s}, Crumb{s, ""}),
		"CursorPager":     CursorPager(CursorPagerProps{Summary: s, First: s, Next: s, Limits: []int{25}, Limit: 25, Action: s, Keep: []Param{{"q", s}}}),
		"DateField":       DateField(date),
		"Dialog":          Dialog(dialog),
		"Dialog guard":    Dialog(guard),
		"Dialog page":     Dialog(page),
		"Empty":           Empty(EmptyProps{Title: s, Text: s}),
		"Fact":            Fact(s),
		"Facts":           Facts(),
		"Fallback":        Fallback(s),
		"Field":           Field(field),
		"Fieldset":        Fieldset(field),
		"FilterChip":      FilterChip(s, s, s, templ.Attributes{"hx-target": s}),
		"Flash":           Flash(bad),
		"Form":            Form(FormProps{ID: "x", Action: s, Target: "#x", Swap: s, Gate: true, Attrs: templ.Attributes{"data-max-days": s}}),
		"Form plain":      Form(FormProps{Action: s}),
		"Glyph":           Glyph("ban", Bad),
		"Guid":            Guid(s),
		"GuidField":       GuidField(GuidFieldProps{FieldProps: field, Name: "guid", Value: s, Regenerate: s, Announce: s}),
		"GuidFull":        GuidFull(s),
		"Header":          Header(s, "c-x"),
		"HeaderHidden":    HeaderHidden(s, "c-x"),
		"Icon":            Icon("x", "ico-sm"),
		"Impact":          Impact(Figure{s, s}),
		"Input":           Input(field, "email", "x", s, templ.Attributes{"placeholder": s}),
		"Life":            Life(40, OK),
		"Logo":            Logo(),
		"ModalBody":       ModalBody(),
		"ModalFoot":       ModalFoot(dialog, s, true),
		"PresetButtons":   PresetButtons(s, []Preset{{s, s}}),
		"Pager":           Pager(PagerProps{Summary: s, Prev: s, Pages: []PageLink{{s, s, true}, {s, "", false}, {s, s, false}}, Limits: []int{25, 50}, Limit: 50, Action: s, Keep: []Param{{"q", s}}}),
		"Regions":         Regions(),
		"Save":            Save(s, Bad),
		"Scope":           Scope(s),
		"ScopePicker":     ScopePicker(ScopePickerProps{FieldProps: field, Name: "scope", Groups: []ScopeGroup{{s, []ScopeOption{{Name: s, Text: s, Badge: s, Checked: true, Was: true}}}}, Presets: []ScopePreset{{s, []string{s}}}, Diff: true}),
		"SecretField":     SecretField(SecretProps{ID: "sec", Label: s, Value: s, Variable: s, Filename: s}),
		"Select":          Select(field, "x", s, []Option{{Value: s, Label: s}}, nil),
		"Snippet":         Snippet("snip", s, s, s),
		"SortHeader":      SortHeader(SortProps{Label: s, Href: s, Direction: "ascending"}),
		"Status":          Status("active"),
		"Summary":         Summary(CursorPagerProps{Summary: s, Count: s}),
		"Textarea":        Textarea(field, "x", s, "2", nil),
		"Time":            Time(s, s, s),
		"UnsavedQuestion": UnsavedQuestion("Go on without saving?", "It gets lost."),
		"Toast":           Toast(toast),
		"ToastPartial":    ToastPartial(bad),
		"Validity":        Validity(date, date, Presets, s, s),
	}
}

func render(t *testing.T, component templ.Component) string {
	t.Helper()
	var out strings.Builder
	if err := component.Render(WithCSRF(t.Context(), "the-token"), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var (
	tag    = regexp.MustCompile(`<[^>]*>`)
	quoted = regexp.MustCompile(`"[^"]*"`)
	inline = regexp.MustCompile(`(?i)^<(script|style)|\s(style|on[a-z]+)\s*=`)
	script = regexp.MustCompile(`\s(href|action|hx-post|hx-get)="\s*javascript:`)
)

// The content security policy forbids inline style and script, and templ
// escapes everything that was given as data.
func TestComponentsKeepToThePolicy(t *testing.T) {
	for _, data := range []string{attack, `javascript:alert(1)`, `' hx-get='/logout' hx-trigger='load`} {
		for name, component := range every(data) {
			html := render(t, component)
			for _, found := range tag.FindAllString(html, -1) {
				bare := quoted.ReplaceAllString(found, `""`)
				if inline.MatchString(bare) || script.MatchString(found) || strings.Contains(bare, `hx-get='`) {
					t.Errorf("%s with %q renders %s", name, data, found)
				}
				if strings.Count(found, `"`)%2 != 0 {
					t.Errorf("%s with %q leaves an attribute open: %s", name, data, found)
				}
			}
		}
	}
}

// A component that is not in the list of every was not looked at.
func TestEveryComponentIsListed(t *testing.T) {
	listed := ""
	for name := range maps.Keys(every("x")) {
		listed += " " + name + " "
	}
	for name := range components(t, ".") {
		if !strings.Contains(listed, " "+name+" ") && name != "ModalHead" && name != "Cancel" && name != "Partial" && name != "SelectBox" {
			t.Errorf("%s is not tested", name)
		}
	}
}

func TestFormCarriesTheToken(t *testing.T) {
	plain := render(t, Form(FormProps{Action: "/x"}))
	for _, want := range []string{`method="post"`, `action="/x"`, `<input type="hidden" name="csrf" value="the-token">`} {
		if !strings.Contains(plain, want) {
			t.Errorf("no %s in %s", want, plain)
		}
	}
	if strings.Contains(plain, "hx-") || strings.Contains(plain, "data-gate") {
		t.Errorf("a plain form asks for more: %s", plain)
	}
	swapped := render(t, Form(FormProps{ID: "f", Action: "/x", Target: "#list", Gate: true}))
	for _, want := range []string{
		`id="f"`, `data-gate`, `hx-post="/x"`, `hx-target="#list"`, `hx-disable="find [data-save]"`,
		`hx-status:422="target:#f swap:outerHTML"`,
	} {
		if !strings.Contains(swapped, want) {
			t.Errorf("no %s in %s", want, swapped)
		}
	}
	if CSRF(context.Background()) != "" {
		t.Error("a context without a token has one")
	}
}

// An address that is data cannot become a script, wherever it is put.
func TestFormActionIsSanitised(t *testing.T) {
	html := render(t, Form(FormProps{ID: "f", Action: "javascript:alert(1)", Target: "#x"}))
	if strings.Contains(html, "javascript:") {
		t.Error(html)
	}
}

func TestFieldTiesWordsToControl(t *testing.T) {
	html := render(t, Input(FieldProps{ID: "f-name", Label: "Name", Hint: "Say what uses it.", Required: true}, "", "name", "a", nil))
	for _, want := range []string{`for="f-name"`, `id="f-name"`, `type="text"`, `aria-describedby="f-name-hint f-name-err"`, `id="f-name-hint"`, `id="f-name-err" hidden`, ` required`} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in %s", want, html)
		}
	}
	if strings.Contains(html, "aria-invalid") {
		t.Error("a sound field is marked invalid")
	}
	html = render(t, Textarea(FieldProps{ID: "d", Label: "Description", Error: "Too long."}, "d", " as typed ", "2", nil))
	for _, want := range []string{`aria-invalid="true"`, `aria-describedby="d-err"`, `> as typed </textarea>`, `<span>Too long.</span>`} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in %s", want, html)
		}
	}
}

// The eye may see less of a GUID; selection and screen readers get all of it.
func TestGuidTextIsWhole(t *testing.T) {
	const guid = "7f3a1c52-9d0e-4b8a-a6f1-2c54e0b91d77"
	html := render(t, Guid(guid))
	text := strings.TrimSpace(tag.ReplaceAllString(html, ""))
	if text != guid {
		t.Errorf("text is %q", text)
	}
	if strings.Contains(html, "data-text") || !strings.Contains(html, `aria-label="Copy GUID 7f3a1c52"`) {
		t.Error(html)
	}
}

func TestDialogAndPageSayTheSame(t *testing.T) {
	p := DialogProps{Title: "Revoke x?", Text: "It stops.", Back: "/tokens", Return: "row-1", Alert: true, Light: true}
	dialog := render(t, Dialog(p))
	for _, want := range []string{"<dialog", `data-modal`, `data-return="row-1"`, `role="alertdialog"`, `data-light`, `aria-labelledby="dlg-t"`, `aria-describedby="dlg-t-d"`} {
		if !strings.Contains(dialog, want) {
			t.Errorf("no %s in %s", want, dialog)
		}
	}
	p.Page = true
	page := render(t, Dialog(p))
	for _, unwanted := range []string{"<dialog", "data-modal", "alertdialog", "data-close"} {
		if strings.Contains(page, unwanted) {
			t.Errorf("%s in %s", unwanted, page)
		}
	}
	if !strings.Contains(render(t, Cancel(p, true)), `href="/tokens"`) {
		t.Error("Cancel on a page leads nowhere")
	}
	guard := render(t, Dialog(DialogProps{Title: "x", Guard: true}))
	if !strings.Contains(guard, `closedby="none"`) || !strings.Contains(guard, "data-guard") || strings.Contains(guard, "data-close") {
		t.Error(guard)
	}
}

func TestStatuses(t *testing.T) {
	for _, name := range []string{"active", "expiring", "scheduled", "disabled", "expired", "revoked"} {
		html := render(t, Status(name))
		if !strings.Contains(html, "#st-"+name+`"`) || !strings.Contains(html, strings.ToUpper(name[:1])+name[1:]) || StatusTone(name) == "" {
			t.Errorf("%s renders %s", name, html)
		}
	}
}

func TestDateFieldKeepsAnOldValue(t *testing.T) {
	p := DateFieldProps{FieldProps: FieldProps{ID: "f", Label: "Valid from"}, Name: "valid_from", Value: "2026-03-02T09:00", Old: "2026-03-02T09:00", Now: "2026-11-21T20:52"}
	html := render(t, DateField(p))
	for _, want := range []string{` min="2026-03-02T09:00"`, `data-old="2026-03-02T09:00"`, `min="2026-11-21"`, `today="2026-11-21"`, `data-for="f"`} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in %s", want, html)
		}
	}
	p.Old = ""
	if html = render(t, DateField(p)); !strings.Contains(html, ` min="2026-11-21T20:52"`) {
		t.Error(html)
	}
}

func TestSecretIsInTheFieldOnly(t *testing.T) {
	html := render(t, SecretField(SecretProps{ID: "sec", Label: "Token secret", Value: "s3cr3t", Filename: ".env", Variable: "TOKEN"}))
	if strings.Count(html, "s3cr3t") != 1 || !strings.Contains(html, `data-secret>s3cr3t</textarea>`) {
		t.Error(html)
	}
}

func TestChildrenAreRendered(t *testing.T) {
	child := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "the child")
		return err
	})
	for _, name := range []string{"Form", "Field", "Fieldset", "Dialog", "Dialog page", "ModalBody", "ModalFoot", "Callout", "Empty", "Facts", "Fact", "Toast", "Regions"} {
		var out strings.Builder
		if err := every("x")[name].Render(templ.WithChildren(t.Context(), child), &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "the child") {
			t.Errorf("%s drops its children", name)
		}
	}
}
