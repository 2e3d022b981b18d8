package graph

import (
	"fmt"
	"math"
	"time"
)

// Long is a whole number of 64 bits: mostly an instant in milliseconds since 1970.
type Long int64

// ImplementsGraphQLType is for the library.
func (Long) ImplementsGraphQLType(name string) bool { return name == "Long" }

// UnmarshalGraphQL reads what a document or a variable gives.
func (l *Long) UnmarshalGraphQL(input any) error {
	switch input := input.(type) {
	case Long:
		*l = input
	case int32:
		*l = Long(input)
	case int64:
		*l = Long(input)
	case float64:
		if input != math.Trunc(input) || math.Abs(input) > 1<<53 {
			return fmt.Errorf("a Long is a whole number")
		}
		*l = Long(input)
	default:
		return fmt.Errorf("a Long is a whole number")
	}
	return nil
}

// at is the instant that l says; the zero time if there is none.
func (l *Long) at() time.Time {
	if l == nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(*l)).UTC()
}

// longOf is an instant, nil if it is zero.
func longOf(t time.Time) *Long {
	if t.IsZero() {
		return nil
	}
	l := Long(t.UnixMilli())
	return &l
}

// DateTime is an instant as text.
type DateTime struct{ time.Time }

// ImplementsGraphQLType is for the library.
func (DateTime) ImplementsGraphQLType(name string) bool { return name == "DateTime" }

// UnmarshalGraphQL is for the library; nobody sends one.
func (*DateTime) UnmarshalGraphQL(any) error { return fmt.Errorf("a DateTime is for answers only") }

// MarshalJSON writes it in UTC.
func (d DateTime) MarshalJSON() ([]byte, error) {
	return []byte(`"` + d.UTC().Format("2006-01-02T15:04:05.999Z07:00") + `"`), nil
}

// RepoOrViewName is the name of a repository or of a view.
type RepoOrViewName string

// ImplementsGraphQLType is for the library.
func (RepoOrViewName) ImplementsGraphQLType(name string) bool { return name == "RepoOrViewName" }

// UnmarshalGraphQL reads what a document or a variable gives.
func (n *RepoOrViewName) UnmarshalGraphQL(input any) error {
	name, ok := input.(string)
	if !ok {
		return fmt.Errorf("a name is a text")
	}
	*n = RepoOrViewName(name)
	return nil
}
