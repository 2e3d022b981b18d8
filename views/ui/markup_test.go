package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

// TestMarkupEscapes what is data as templates do.
func TestMarkupEscapes(t *testing.T) {
	for _, text := range []string{"", "plain", "&", "<", attack, "a&b<c>d'e\"f", "&amp;", "ünï → \"", "\xff<\x00"} {
		drawn := render(t, Drawing(func(m *Markup) { m.Add(`<b title="`).Text(text).Add(`">`).Text(text).Add(`</b>`) }))
		if want := `<b title="` + templ.EscapeString(text) + `">` + templ.EscapeString(text) + `</b>`; drawn != want {
			t.Errorf("%q is drawn as %s, want %s", text, drawn, want)
		}
	}
}

// TestChoicesAreChecks, whatever they are called.
func TestChoicesAreChecks(t *testing.T) {
	for _, choice := range []Choice{{Value: "system", Label: "System"}, {Value: attack, Label: attack, Chosen: true}} {
		check := Check("radio", "type", choice.Value, choice.Label, "", choice.Chosen, templ.Attributes{"autocomplete": "off", "id": "type-" + choice.Value})
		want := strings.Replace(render(t, check), "</span> </label>", "</span></label>", 1)
		if drawn := render(t, Choices("radio", "type", []Choice{choice})); drawn != want {
			t.Errorf("drawn is %s, want %s", drawn, want)
		}
	}
}

// TestMarkupTakesComponents, with what they are given, and fails with them.
func TestMarkupTakesComponents(t *testing.T) {
	form := Form(FormProps{ID: "f", Action: "/f"})
	if drawn, want := render(t, Drawing(func(m *Markup) { m.Add(`<p>`).Put(form).Add(`</p>`) })), "<p>"+render(t, form)+"</p>"; drawn != want {
		t.Errorf("drawn is %s, want %s", drawn, want)
	}
	broken := errors.New("broken")
	failing := templ.ComponentFunc(func(context.Context, io.Writer) error { return broken })
	if err := Drawing(func(m *Markup) { m.Put(failing).Put(form) }).Render(t.Context(), io.Discard); !errors.Is(err, broken) {
		t.Errorf("a component that fails: %v", err)
	}
}

// TestMarkupGoesAnywhere: to the memory of a page, between what templates write
// there, as to any writer.
func TestMarkupGoesAnywhere(t *testing.T) {
	row := Drawing(func(m *Markup) {
		m.Add(`<p>`).Put(Confirm(FieldProps{ID: "c"}, "c", "word", "")).Flush()
		m.Add(`</p>`)
	})
	page := Fieldset(FieldProps{ID: "f", Label: "Before", Hint: "Behind"})
	render := func(w io.Writer) {
		if err := page.Render(templ.WithChildren(t.Context(), row), w); err != nil {
			t.Fatal(err)
		}
	}
	var memory bytes.Buffer
	var elsewhere strings.Builder
	render(&memory)
	render(&elsewhere)
	label, drawn, hint := strings.Index(memory.String(), "Before"), strings.Index(memory.String(), "<p>"), strings.Index(memory.String(), "Behind")
	if memory.String() != elsewhere.String() || label < 0 || drawn < label || hint < drawn {
		t.Errorf("in memory it is\n%s\nand elsewhere\n%s", &memory, &elsewhere)
	}
}
