package views

import (
	"latchkey/internal/console"
	"latchkey/views/ui"
)

// TokenViewsProps is the page of the views of a list of tokens.
type TokenViewsProps struct {
	// Repository is the name of the one whose list it is, empty for all tokens.
	Repository string
	Views      []TokenView
	// Query is the state that can be saved.
	Query    string
	CanShare bool
	// Typed is a view as somebody typed it, with what is wrong with it.
	Typed  console.View
	Errors map[string]string
}

// TokenView is one view that the reader can choose.
type TokenView struct {
	console.View
	Href           string
	CanChange, Own bool
}

// errorOf is what is wrong with a view's name, as it was typed; without a GUID,
// with that of the new one.
func (p TokenViewsProps) errorOf(guid console.GUID) string {
	if p.Typed.GUID != guid {
		return ""
	}
	for _, sentence := range p.Errors {
		return sentence
	}
	return ""
}

// nameOf is the name in a view's form.
func (p TokenViewsProps) nameOf(v TokenView) string {
	if p.Typed.GUID == v.GUID && len(p.Errors) > 0 {
		return p.Typed.Name
	}
	return v.Name
}

// whose says who keeps a view, and for whom.
func (v TokenView) whose() string {
	switch {
	case v.Own && v.Shared:
		return "Yours, shared with everybody"
	case v.Own:
		return "Yours"
	}
	return "Shared by " + v.Owner.Name
}

func (p TokenViewsProps) nameField(id string, guid console.GUID) ui.FieldProps {
	return ui.FieldProps{ID: id, Label: "Name", Required: true, Error: p.errorOf(guid)}
}

// address is the page of the views, with the list that can be saved.
func (p TokenViewsProps) address() string {
	return TokenViewsPath(p.Repository) + "?" + p.Query
}

func (p TokenViewsProps) dialog() ui.DialogProps {
	return ui.DialogProps{Title: "Views", Text: "Each opens this list as it was saved.", Size: "sm", Return: viewsLinkID, Light: true}
}

// viewsLinkID is the id of the link to the views of a list.
const viewsLinkID = "views"
