package console

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Type says what a token is for, and so which scopes it can have.
type Type string

// The token types. LogScale's names for them stand in its GraphQL dialect.
const (
	TypeRepository             Type = "repository"
	TypeOrganization           Type = "organization"
	TypeOrganizationManagement Type = "organization_management"
	TypeSystem                 Type = "system"
	TypePersonal               Type = "personal"
	TypeDashboardLink          Type = "dashboard_link"
)

// Types are all token types, in the order in which they are offered.
var Types = []Type{
	TypeRepository, TypeOrganization, TypeOrganizationManagement,
	TypeSystem, TypePersonal, TypeDashboardLink,
}

// Label is the type's name for people.
func (t Type) Label() string {
	switch t {
	case TypeRepository:
		return "Repository"
	case TypeOrganization:
		return "Organization"
	case TypeOrganizationManagement:
		return "Organization management"
	case TypeSystem:
		return "System"
	case TypePersonal:
		return "Personal"
	case TypeDashboardLink:
		return "Dashboard link"
	}
	return string(t)
}

// Valid reports whether t is a token type.
func (t Type) Valid() bool { return slices.Contains(Types, t) }

// Belongs reports whether a token of the type belongs to repositories: a link to
// a dashboard belongs to the dashboard's.
func (t Type) Belongs() bool { return t == TypeRepository || t == TypeDashboardLink }

// Creatable reports whether a token of the type is made with the create form.
func (t Type) Creatable() bool { return slices.Contains(CreatableTypes, t) }

// NeedChangeable returns a conflict for tokens that stay as they were made.
func (t Type) NeedChangeable() error {
	if t.Creatable() {
		return nil
	}
	return Conflict("", "A token of type "+strings.ToLower(t.Label())+" stays as it was made. Make a new one instead.")
}

// CreatableTypes are the types that the create form offers; the others come
// into being on their own pages.
var CreatableTypes = []Type{TypeRepository, TypeOrganization, TypeOrganizationManagement, TypeSystem}

// Status is what a token is at an instant. It is computed, never stored.
type Status string

// The statuses. Active is the only one in which a token opens anything.
const (
	StatusActive    Status = "active"
	StatusScheduled Status = "scheduled"
	StatusDisabled  Status = "disabled"
	StatusExpired   Status = "expired"
	StatusRevoked   Status = "revoked"
)

// Statuses are all statuses in the order of "Is active", ascending.
var Statuses = []Status{StatusRevoked, StatusExpired, StatusDisabled, StatusScheduled, StatusActive}

// Label is the status's name for people.
func (s Status) Label() string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(string(s[:1])) + string(s[1:])
}

// Final reports whether a token in this status can never be active again.
func (s Status) Final() bool { return s == StatusExpired || s == StatusRevoked }

// Token is the record of a token, without its secret.
type Token struct {
	GUID        GUID
	Type        Type
	Name        string
	Description string
	// Scopes are in the catalogue's spelling, sorted.
	Scopes []string
	// Repositories are what a token of a type that Belongs belongs to, by name.
	Repositories []RepositoryRef
	// Everywhere is whether it belongs to all of them: a personal token whose
	// person is no member. Only verification asks.
	Everywhere bool
	// Managed is what a personal token may do beyond Scopes in some of its
	// repositories; nil if nothing. Only verification asks.
	Managed *Managed
	// Dashboard is what a dashboard link opens. Only verification asks.
	Dashboard GUID
	// Assets are its rights on single assets, sorted. Lists do not ask.
	Assets []AssetGrant
	// ValidFrom is zero when the token is active from its creation.
	ValidFrom time.Time
	// ValidTo is zero when the token is active until it is revoked.
	ValidTo   time.Time
	CreatedAt time.Time
	Creator   PersonRef
	Owner     PersonRef
	// IPFilter says from where the token can be used; from everywhere if empty.
	IPFilter  IPFilterRef
	UpdatedAt time.Time
	// Version grows by one with every change.
	Version int
	// RevokedAt is zero unless the token was revoked.
	RevokedAt    time.Time
	RevokeReason string
	// DisabledAt is zero unless the token is paused, and DisabledUntil zero for
	// a pause without an end.
	DisabledAt    time.Time
	DisabledUntil time.Time
	// UsedAt is when it was last used, zero if never; verification does not ask.
	UsedAt time.Time
}

// ActiveFrom is the first instant of the token's validity.
func (t Token) ActiveFrom() time.Time {
	if t.ValidFrom.IsZero() {
		return t.CreatedAt
	}
	return t.ValidFrom
}

// Status computes what t is at now. Validity is half-open: a token is active
// at its ValidFrom and no longer at its ValidTo.
func (t Token) Status(now time.Time) Status {
	switch {
	case !t.RevokedAt.IsZero():
		return StatusRevoked
	case !t.ValidTo.IsZero() && !now.Before(t.ValidTo):
		return StatusExpired
	case !t.DisabledAt.IsZero() && (t.DisabledUntil.IsZero() || now.Before(t.DisabledUntil)):
		return StatusDisabled
	case now.Before(t.ActiveFrom()):
		return StatusScheduled
	}
	return StatusActive
}

// Expiring reports whether t is active and ends within the notice window.
func (t Token) Expiring(now time.Time, notice time.Duration) bool {
	return t.Status(now) == StatusActive && !t.ValidTo.IsZero() && !t.ValidTo.After(now.Add(notice))
}

// NoticeWindow is how long before its end a token counts as expiring.
const NoticeWindow = 14 * 24 * time.Hour

// RetentionWindow is how long an expired token stays on its repository's page
// when nothing else is asked for.
const RetentionWindow = 5 * time.Minute

// Limits of a token's texts, in characters.
const (
	NameLimit        = 253
	DescriptionLimit = 500
	ReasonLimit      = 500
	ScopeLimit       = 100
)

// latestTime bounds typed dates, so that every date fits its column and its page.
var latestTime = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

// NewToken is what a token is made from.
type NewToken struct {
	// GUID is one that the server handed out.
	GUID        GUID
	Type        Type
	Name        string
	Description string
	Scopes      []string
	// Repositories are the GUIDs that a repository token belongs to.
	Repositories []GUID
	// Assets are the rights on single assets of these repositories.
	Assets    []AssetGrant
	ValidFrom time.Time
	ValidTo   time.Time
	// Owner is who answers for the token; its creator if empty.
	Owner GUID
	// IPFilter says from where it can be used; from everywhere if empty.
	IPFilter GUID
}

// Clean returns n with its texts in the form in which they are kept and its
// scopes sorted, each once. Only tokens that belong to repositories keep them.
func (n NewToken) Clean() NewToken {
	n.Name, n.Description = Clean(n.Name), Clean(n.Description)
	n.Scopes = slices.Compact(slices.Sorted(slices.Values(n.Scopes)))
	n.Repositories = slices.Compact(slices.Sorted(slices.Values(n.Repositories)))
	if !n.Type.Belongs() {
		n.Repositories = nil
	}
	n.Assets = CleanGrants(n.Assets)
	n.ValidFrom, n.ValidTo = Instant(n.ValidFrom), Instant(n.ValidTo)
	return n
}

// Validate reports everything that is wrong with n at now, by itself and by the
// catalogue: whether its name is free and its scopes may be granted are other questions.
func (n NewToken) Validate(now time.Time, c Catalogue) error {
	p := Problems{}
	p.Check(n.GUID.Valid(), "guid", "Ask for a GUID again.")
	p.Check(n.Type.Valid(), "type", "Choose what the token is for.")
	p.Check(n.Type != TypeRepository || len(n.Repositories) > 0, "repository", "Choose a repository.")
	for _, guid := range n.Repositories {
		p.Check(guid.Valid(), "repository", "There is no such repository.")
	}
	checkOwner(p, n.Owner)
	checkIPFilter(p, n.IPFilter)
	checkTokenText(p, n.Name, n.Description)
	c.check(p, n.Type, n.Scopes)
	checkGrants(p, n.Type, n.Assets)
	minute := now.Truncate(time.Minute)
	p.Check(n.ValidFrom.IsZero() || !n.ValidFrom.Before(minute), "valid_from", "Valid from can’t be in the past.")
	checkEnd(p, n.ValidFrom, n.ValidTo, now)
	return p.Err()
}

func checkTokenText(p Problems, name, description string) {
	p.Check(name != "", "name", "Give the token a name.")
	p.Check(utf8.RuneCountInString(name) <= NameLimit, "name", "The name is longer than 253 characters.")
	p.Check(PlainLine(name), "name", "The name has characters that can’t be shown.")
	p.Check(Fold(name) != "" || name == "", "name", "The name has no visible characters.")
	p.Check(utf8.RuneCountInString(description) <= DescriptionLimit, "description", "The description is longer than 500 characters.")
	p.Check(PlainText(description), "description", "The description has characters that can’t be shown.")
}

func checkOwner(p Problems, owner GUID) {
	p.Check(owner == "" || owner.Valid(), "owner", "There is no such person.")
}

func checkIPFilter(p Problems, filter GUID) {
	p.Check(filter == "" || filter.Valid(), "ip_filter", "There is no such IP filter.")
}

func checkEnd(p Problems, from, to, now time.Time) {
	p.Check(from.Before(latestTime), "valid_from", "Choose an earlier date.")
	p.Check(to.Before(latestTime), "valid_to", "Choose an earlier date, or no end date.")
	p.Check(to.IsZero() || to.After(now), "valid_to", "Valid to must be in the future.")
	p.Check(to.IsZero() || from.IsZero() || to.After(from), "valid_to", "Valid to must be later than Valid from.")
}

// Instant is t in the precision and the zone in which times are kept: UTC
// milliseconds. Zero stays zero.
func Instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// Same reports whether t is what n would make, so that a repeated request can
// be told from a different one.
func (n NewToken) Same(t Token) bool {
	made := t.AsNew().Clean()
	return n.GUID == t.GUID && n.Type == t.Type && n.Name == t.Name && n.Description == t.Description &&
		slices.Equal(n.Scopes, made.Scopes) && slices.Equal(n.Repositories, made.Repositories) && (Token{Assets: n.Assets}).SameGrants(t) &&
		n.ValidFrom.Equal(t.ValidFrom) && n.ValidTo.Equal(t.ValidTo) && n.IPFilter == t.IPFilter.GUID && (n.Owner == "" || n.Owner == t.Owner.GUID)
}

// shorten keeps a text that somebody sent within a sentence.
func shorten(text string) string {
	runes := []rune(strings.ToValidUTF8(text, "?"))
	if len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return string(runes)
}
