package views

import (
	"maps"
	"slices"

	"github.com/a-h/templ"

	"latchkey/views/ui"
)

// join returns all attributes together; later ones win.
func join(all ...templ.Attributes) templ.Attributes {
	sum := templ.Attributes{}
	for _, attrs := range all {
		maps.Copy(sum, attrs)
	}
	return sum
}

// focusFirst adds autofocus to the attributes of field if it is the first of
// order that has an error, or the first of all when none has.
func focusFirst(errors map[string]string, field string, attrs templ.Attributes, order ...string) templ.Attributes {
	first := slices.IndexFunc(order, func(name string) bool { return errors[name] != "" })
	if order[max(first, 0)] == field {
		return join(attrs, templ.Attributes{"autofocus": true})
	}
	return attrs
}

// intoDialog are the attributes of a link whose page opens as a dialog.
func intoDialog(href string) templ.Attributes {
	return templ.Attributes{"hx-get": href, "hx-target": "#modal-root"}
}

// inDialog makes the answer to a form go where its dialog is; on a page of its
// own a form posts as forms do.
func inDialog(f ui.FormProps, page bool) ui.FormProps {
	if page {
		f.Attrs = templ.Attributes{"hx-boost": "false"}
	} else {
		f.Target = "#modal-root"
	}
	return f
}
