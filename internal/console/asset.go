package console

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// AssetType is what an asset is, in LogScale's spelling.
type AssetType string

// The types of assets.
const (
	AssetLegacyAlert     AssetType = "LegacyAlert"
	AssetFilterAlert     AssetType = "FilterAlert"
	AssetAggregateAlert  AssetType = "AggregateAlert"
	AssetScheduledSearch AssetType = "ScheduledSearch"
	AssetScheduledReport AssetType = "ScheduledReport"
	AssetAction          AssetType = "Action"
	AssetDashboard       AssetType = "Dashboard"
	AssetFile            AssetType = "File"
	AssetSavedQuery      AssetType = "SavedQuery"
)

// assetTypes are what people call each type, and which scopes are about such
// assets: those that end in the word.
var assetTypes = []struct {
	assetType    AssetType
	label, scope string
}{
	{AssetDashboard, "Dashboard", "Dashboards"},
	{AssetSavedQuery, "Saved query", "SavedQueries"},
	{AssetFile, "File", "Files"},
	{AssetAction, "Action", "Actions"},
	{AssetLegacyAlert, "Legacy alert", "Triggers"},
	{AssetFilterAlert, "Filter alert", "Triggers"},
	{AssetAggregateAlert, "Aggregate alert", "Triggers"},
	{AssetScheduledSearch, "Scheduled search", "Triggers"},
	{AssetScheduledReport, "Scheduled report", "ScheduledReports"},
}

// AssetTypes are all types of assets, in the order in which they are offered.
func AssetTypes() []AssetType {
	types := make([]AssetType, len(assetTypes))
	for i, t := range assetTypes {
		types[i] = t.assetType
	}
	return types
}

// Valid reports whether t is a type of assets.
func (t AssetType) Valid() bool { return slices.Contains(AssetTypes(), t) }

// Label is the type's name for people.
func (t AssetType) Label() string {
	for _, known := range assetTypes {
		if known.assetType == t {
			return known.label
		}
	}
	return string(t)
}

// AssetPermission is what a token may do to one asset, in LogScale's spelling.
type AssetPermission string

// The permissions on assets.
const (
	UpdateAsset AssetPermission = "UpdateAsset"
	DeleteAsset AssetPermission = "DeleteAsset"
)

// AssetPermissions are all of them, in the order in which they are offered.
var AssetPermissions = []AssetPermission{UpdateAsset, DeleteAsset}

// Label is the permission's name for people.
func (p AssetPermission) Label() string { return strings.TrimSuffix(string(p), "Asset") }

// scopes are those of which each includes p on every asset of a type.
func (p AssetPermission) scopes(of AssetType) []string {
	for _, known := range assetTypes {
		if known.assetType == of {
			return []string{p.Label() + known.scope, "Change" + known.scope}
		}
	}
	return nil
}

// Asset is something in a repository that tokens are given rights on one by one,
// such as a dashboard. Latchkey knows that it is there, not what is in it.
type Asset struct {
	GUID       GUID
	Repository RepositoryRef
	Type       AssetType
	Name       string
	// Resource is its identifier elsewhere, which clients name when they give
	// rights on it, and nothing beside it: no two assets share one, in whatever
	// repositories.
	Resource  string
	CreatedAt time.Time
	UpdatedAt time.Time
	// Version grows by one with every change.
	Version int
}

// AssetSummary is an asset with the figures that its list shows.
type AssetSummary struct {
	Asset
	// Tokens is how many tokens have rights on it, and Links how many open it.
	Tokens int
	Links  int
}

// Limits of an asset's texts, in characters, and of the rights that a token is
// given on assets.
const (
	AssetNameLimit     = 253
	AssetResourceLimit = 500
	AssetGrantLimit    = 200
)

// NewAsset is what an asset is registered from.
type NewAsset struct {
	Repository GUID
	Type       AssetType
	Name       string
	// Resource is made from the type and the GUID if empty.
	Resource string
}

// Clean returns n with its texts in the form in which they are kept.
func (n NewAsset) Clean() NewAsset {
	n.Name, n.Resource = Clean(n.Name), Clean(n.Resource)
	return n
}

// Validate reports everything that is wrong with n by itself.
func (n NewAsset) Validate() error {
	p := Problems{}
	p.Check(n.Type.Valid(), "type", "Choose what it is.")
	p.Check(n.Name != "", "name", "Give it the name that it has there.")
	p.Check(utf8.RuneCountInString(n.Name) <= AssetNameLimit, "name", "The name is longer than 253 characters.")
	p.Check(PlainLine(n.Name), "name", "The name has characters that can’t be shown.")
	p.Check(Fold(n.Name) != "" || n.Name == "", "name", "The name has no visible characters.")
	p.Check(utf8.RuneCountInString(n.Resource) <= AssetResourceLimit, "resource", "The identifier is longer than 500 characters.")
	p.Check(PlainLine(n.Resource) && !strings.ContainsAny(n.Resource, " ="), "resource", "An identifier has no spaces, equals signs or characters that can’t be shown.")
	return p.Err()
}

// Asset is the asset that n registers in a repository at now.
func (n NewAsset) Asset(in RepositoryRef, now time.Time) Asset {
	a := Asset{GUID: NewGUID(), Repository: in, Type: n.Type, Name: n.Name, CreatedAt: now, UpdatedAt: now, Version: 1}
	a.Resource = cmp.Or(n.Resource, strings.ToLower(string(n.Type))+":"+string(a.GUID))
	return a
}

// Fields are the values of a that a record of its changes tells.
func (a Asset) Fields() []Change {
	return []Change{
		{Field: "asset_type", New: string(a.Type)},
		{Field: "name", New: a.Name},
		{Field: "resource", New: a.Resource},
	}
}

// AssetFilter says which assets of a repository to list.
type AssetFilter struct {
	// Name keeps assets in whose name all of these words occur.
	Name string
	// Types keeps assets of these types.
	Types []AssetType
}

// AssetGrant is what a token may do to one asset, which goes by its identifier.
type AssetGrant struct {
	Resource    string
	Permissions []AssetPermission
}

// CleanGrants returns grants sorted, each asset and each permission once, without
// those that permit nothing.
func CleanGrants(grants []AssetGrant) []AssetGrant {
	permitted := map[string][]AssetPermission{}
	for _, g := range grants {
		resource := Clean(g.Resource)
		permitted[resource] = append(permitted[resource], g.Permissions...)
	}
	var clean []AssetGrant
	for resource, permissions := range permitted {
		slices.Sort(permissions)
		if permissions = slices.Compact(permissions); len(permissions) > 0 {
			clean = append(clean, AssetGrant{Resource: resource, Permissions: permissions})
		}
	}
	slices.SortFunc(clean, func(a, b AssetGrant) int { return cmp.Compare(a.Resource, b.Resource) })
	return clean
}

// checkGrants notes what is wrong with giving grants to a token of type t.
func checkGrants(p Problems, t Type, grants []AssetGrant) {
	p.Check(len(grants) == 0 || t == TypeRepository, "assets", "Only a token of a repository has rights on single assets.")
	p.Check(len(grants) <= AssetGrantLimit, "assets", "Choose at most 200 assets.")
	for _, g := range grants {
		p.Check(utf8.RuneCountInString(g.Resource) <= AssetResourceLimit, "assets", "The identifier of an asset is longer than 500 characters.")
		for _, permission := range g.Permissions {
			p.Check(slices.Contains(AssetPermissions, permission), "assets", "There is no right “"+shorten(string(permission))+"” on assets.")
		}
	}
}

// grantsText is grants in a record.
func grantsText(grants []AssetGrant) string {
	lines := make([]string, len(grants))
	for i, g := range grants {
		lines[i] = g.text()
	}
	return strings.Join(lines, "\n")
}

func (g AssetGrant) text() string {
	permissions := make([]string, len(g.Permissions))
	for i, permission := range g.Permissions {
		permissions[i] = string(permission)
	}
	return g.Resource + " " + strings.Join(permissions, " ")
}

// SameGrants reports whether t and other have the same rights on single assets.
func (t Token) SameGrants(other Token) bool { return grantsText(t.Assets) == grantsText(other.Assets) }

// GainedGrants are the rights on assets that t has and before lacks.
func (t Token) GainedGrants(before Token) []AssetGrant {
	var gained []AssetGrant
	for _, g := range t.Assets {
		had := slices.IndexFunc(before.Assets, func(b AssetGrant) bool { return b.Resource == g.Resource })
		if had >= 0 {
			g.Permissions = slices.DeleteFunc(slices.Clone(g.Permissions), func(p AssetPermission) bool {
				return slices.Contains(before.Assets[had].Permissions, p)
			})
		}
		if len(g.Permissions) > 0 {
			gained = append(gained, g)
		}
	}
	return gained
}
