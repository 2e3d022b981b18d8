package console

import (
	"slices"
	"time"
)

// TokenPatch is what to change of a token; nil leaves a field as it is. GUID
// and type never change.
type TokenPatch struct {
	Name        *string
	Description *string
	Scopes      *[]string
	Assets      *[]AssetGrant
	// ValidFrom and ValidTo take the zero time for "none".
	ValidFrom *time.Time
	ValidTo   *time.Time
	Owner     *GUID
	// IPFilter takes an empty GUID for "from everywhere".
	IPFilter *GUID
}

// Apply returns t with the changes of p, its texts as they are kept. The names
// of its owner and its IP filter are for the caller to find.
func (p TokenPatch) Apply(t Token) Token {
	if p.Name != nil {
		t.Name = Clean(*p.Name)
	}
	if p.Description != nil {
		t.Description = Clean(*p.Description)
	}
	if p.Scopes != nil {
		t.Scopes = slices.Compact(slices.Sorted(slices.Values(*p.Scopes)))
	}
	if p.Assets != nil {
		t.Assets = CleanGrants(*p.Assets)
	}
	if p.ValidFrom != nil {
		t.ValidFrom = Instant(*p.ValidFrom)
	}
	if p.ValidTo != nil {
		t.ValidTo = Instant(*p.ValidTo)
	}
	if p.Owner != nil && *p.Owner != t.Owner.GUID {
		t.Owner = PersonRef{GUID: *p.Owner}
	}
	if p.IPFilter != nil && *p.IPFilter != t.IPFilter.GUID {
		t.IPFilter = IPFilterRef{GUID: *p.IPFilter}
	}
	return t
}

// ValidateChange reports everything that is wrong with making before into t at
// now. Dates that did not change are not judged again, so that a token whose
// start has passed can be edited.
func (t Token) ValidateChange(before Token, now time.Time, c Catalogue) error {
	p := Problems{}
	checkTokenText(p, t.Name, t.Description)
	c.check(p, t.Type, t.Scopes)
	checkGrants(p, t.Type, t.Assets)
	checkOwner(p, t.Owner.GUID)
	checkIPFilter(p, t.IPFilter.GUID)
	minute := now.Truncate(time.Minute)
	p.Check(t.ValidFrom.Equal(before.ValidFrom) || t.ValidFrom.IsZero() || !t.ValidFrom.Before(minute),
		"valid_from", "Valid from can’t be in the past.")
	checkEnd(p, t.ValidFrom, t.ValidTo, now)
	return p.Err()
}

// Added returns the scopes of t that before lacks, and Removed the reverse.
func (t Token) Added(before Token) []string { return missing(before.Scopes, t.Scopes) }

// Empowered returns the scopes with which t can do more than before could: those
// that it gained, and all of them if it works from elsewhere or at more times. The
// end of a pause gives back what the pause took.
func (t Token) Empowered(before Token) []string {
	elsewhere := before.IPFilter.GUID != "" && t.IPFilter.GUID != before.IPFilter.GUID
	longer := !before.ValidTo.IsZero() && (t.ValidTo.IsZero() || t.ValidTo.After(before.ValidTo))
	if elsewhere || longer || t.ActiveFrom().Before(before.ActiveFrom()) {
		return t.Scopes
	}
	return t.Added(before)
}

// Removed returns the scopes of before that t lacks.
func (t Token) Removed(before Token) []string { return missing(t.Scopes, before.Scopes) }

func missing(from, wanted []string) []string {
	var absent []string
	for _, name := range wanted {
		if !slices.Contains(from, name) {
			absent = append(absent, name)
		}
	}
	return absent
}
