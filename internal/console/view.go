package console

import "unicode/utf8"

// ViewPlace is where a view can be looked at.
type ViewPlace string

// The places of views.
const (
	// ViewOfAll is the page of all tokens.
	ViewOfAll ViewPlace = "tokens"
	// ViewOfRepository is the page of any repository's tokens.
	ViewOfRepository ViewPlace = "repository"
)

// Valid reports whether p is a place of views.
func (p ViewPlace) Valid() bool { return p == ViewOfAll || p == ViewOfRepository }

// Limits of views.
const (
	ViewNameLimit  = 60
	ViewQueryLimit = 4000
	// ViewLimit is how many one person may keep.
	ViewLimit = 50
)

// View is the state of a list of tokens under a name. It shows to each reader
// what they may see, and to nobody more.
type View struct {
	GUID  GUID
	Owner PersonRef
	Place ViewPlace
	Name  string
	// Shared is whether everybody has it to choose from.
	Shared bool
	// Query is the state as addresses have it.
	Query string
	// Default is whether the place opens with it, for whoever asks.
	Default bool
}

// Validate reports everything that is wrong with v.
func (v View) Validate() error {
	p := Problems{}
	p.Check(v.Place.Valid(), "place", "There is no such place.")
	p.Check(Fold(v.Name) != "", "name", "Give the view a name.")
	p.Check(utf8.RuneCountInString(v.Name) <= ViewNameLimit, "name", "The name is longer than 60 characters.")
	p.Check(PlainLine(v.Name), "name", "The name has characters that can’t be shown.")
	p.Check(len(v.Query) <= ViewQueryLimit && PlainLine(v.Query), "query", "These filters are too long to be kept.")
	return p.Err()
}

// AsTarget is v as an audit event mentions it.
func (v View) AsTarget() Target { return Target{TargetView, v.GUID, v.Name} }

// Fields are the values of v that a record of its changes tells.
func (v View) Fields() []Change {
	shared := "no"
	if v.Shared {
		shared = "yes"
	}
	return []Change{{Field: "name", New: v.Name}, {Field: "shared", New: shared}, {Field: "filters", New: v.Query}}
}

// MayChange reports whether p may change v: their own, and who may change every
// token also what others share.
func (v View) MayChange(p Principal) bool {
	return p.Kind == PrincipalUser && (v.Owner.GUID == p.GUID || v.Shared && p.May(TokenWrite))
}
