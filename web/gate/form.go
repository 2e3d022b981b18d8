package gate

import (
	"net/url"
	"strings"
)

// A form is the parameters of a form in their order: so few that looking through
// them is faster than a map.
type form []parameter

type parameter struct{ name, value string }

// formLimit is how many parameters a form has at most.
const formLimit = 32

// readForm reads what url.ParseQuery does, and the same out of it.
func readForm(text string) (form, error) {
	if strings.Count(text, "&") >= formLimit {
		return nil, malformed("The form has more than 32 parameters.")
	}
	f := make(form, 0, 2)
	for text != "" {
		var part string
		part, text, _ = strings.Cut(text, "&")
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if nameErr != nil || valueErr != nil || strings.Contains(part, ";") {
			return nil, malformed("The form can't be read.")
		}
		f = append(f, parameter{name, value})
	}
	return f, nil
}

// Get returns the first value of that name, empty if there is none.
func (f form) Get(name string) string {
	for _, p := range f {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// Has reports whether there is a parameter of that name.
func (f form) Has(name string) bool {
	for _, p := range f {
		if p.name == name {
			return true
		}
	}
	return false
}

// repeats reports whether a name occurs twice.
func (f form) repeats() bool {
	for i, p := range f {
		if f[:i].Has(p.name) {
			return true
		}
	}
	return false
}
