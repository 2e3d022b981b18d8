package views

import (
	"maps"
	"slices"

	"github.com/a-h/templ"
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
