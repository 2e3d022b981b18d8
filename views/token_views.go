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
	// Query is the state that can be saved, Filters what it narrows by.
	Query    string
	Filters  []FilterChip
	CanShare bool
	// Typed is a view as somebody typed it, with what is wrong with it.
	Typed  console.View
	Errors map[string]string
}

// TokenView is one view that the reader can choose.
type TokenView struct {
	console.View
	Href           string
	Filters        []FilterChip
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

// typed is a view as its form shows it.
func (p TokenViewsProps) typed(v console.View) console.View {
	if p.Typed.GUID == v.GUID && len(p.Errors) > 0 {
		return p.Typed
	}
	return v
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

// lossText says what it means to delete a view.
func (v TokenView) lossText() string {
	if v.Shared {
		return "Everybody loses it, also who opens lists with it. The tokens stay."
	}
	return "It can’t be brought back. The tokens stay."
}

func (p TokenViewsProps) nameField(id string, guid console.GUID) ui.FieldProps {
	return ui.FieldProps{ID: id, Label: "Name", Required: true, Error: p.errorOf(guid)}
}

// Address is the page of the views, with the list that can be saved.
func (p TokenViewsProps) Address() string { return p.keeping(TokenViewsPath(p.Repository)) }

// keeping is a path that brings the list along that can be saved.
func (p TokenViewsProps) keeping(path string) string {
	if p.Query == "" {
		return path
	}
	return path + "?" + p.Query
}

func (p TokenViewsProps) dialog() ui.DialogProps {
	return ui.DialogProps{Title: "Views", Text: "Each opens this list as it was saved.", Size: "sm", Return: viewsLinkID, Light: true}
}

// viewsLinkID is the id of the link to the views of a list.
const viewsLinkID = "views"
