package console

import (
	"slices"
	"time"
)

// ScopeShare lets a token make links to dashboards, and a member, too.
const ScopeShare = "ChangeDashboardReadonlyToken"

// scopeOpen is what a dashboard link would have to hold to open more than its
// dashboard; it holds nothing.
const scopeOpen = "QueryDashboard"

// QueryOwnership says as whom the queries of a linked dashboard run, in
// LogScale's spelling.
type QueryOwnership string

// The kinds of query ownership: as who made the link, or as the organization.
const (
	OwnershipUser         QueryOwnership = "User"
	OwnershipOrganization QueryOwnership = "Organization"
)

// QueryOwnerships are all of them, in the order in which they are offered.
var QueryOwnerships = []QueryOwnership{OwnershipUser, OwnershipOrganization}

// Label says for people as whom.
func (o QueryOwnership) Label() string {
	if o == OwnershipOrganization {
		return "The organization"
	}
	return "Who makes the link"
}

// DashboardLink is a token that opens one dashboard, for whoever has it.
type DashboardLink struct {
	Token
	Dashboard Asset
	Ownership QueryOwnership
}

// DashboardLinkPatch is what to change of a link; nil leaves it.
type DashboardLinkPatch struct {
	Ownership *QueryOwnership
	IPFilter  *GUID
}

// Validate reports everything that is wrong with p by itself.
func (p DashboardLinkPatch) Validate() error {
	problems := Problems{}
	problems.Check(p.Ownership == nil || slices.Contains(QueryOwnerships, *p.Ownership), "ownership", "Choose as whom its queries run.")
	if p.IPFilter != nil {
		checkIPFilter(problems, *p.IPFilter)
	}
	return problems.Err()
}

// ChangesFrom is what l changed of before, as a record tells it.
func (l DashboardLink) ChangesFrom(before DashboardLink) []Change {
	changes := l.Token.ChangesFrom(before.Token)
	if l.Ownership != before.Ownership {
		changes = append(changes, Change{Field: "query_ownership", Old: string(before.Ownership), New: string(l.Ownership)})
	}
	return changes
}

// NewDashboardLink is what a link to a dashboard is made from.
type NewDashboardLink struct {
	// GUID is one that the server handed out.
	GUID      GUID
	Dashboard GUID
	Name      string
	ValidTo   time.Time
	IPFilter  GUID
	// Ownership is OwnershipUser if empty.
	Ownership QueryOwnership
}

// Clean returns n with its texts in the form in which they are kept.
func (n NewDashboardLink) Clean() NewDashboardLink {
	n.Name, n.ValidTo = Clean(n.Name), Instant(n.ValidTo)
	if n.Ownership == "" {
		n.Ownership = OwnershipUser
	}
	return n
}

// Validate reports everything that is wrong with n at now, by itself.
func (n NewDashboardLink) Validate(now time.Time) error {
	p := Problems{}
	p.Check(n.GUID.Valid(), "guid", "Ask for a GUID again.")
	checkTokenText(p, n.Name, "")
	checkIPFilter(p, n.IPFilter)
	checkEnd(p, time.Time{}, n.ValidTo, now)
	p.Check(slices.Contains(QueryOwnerships, n.Ownership), "ownership", "Choose as whom its queries run.")
	return p.Err()
}

// AsNew is the token that n asks for, to a dashboard in that repository.
func (n NewDashboardLink) AsNew(in GUID) NewToken {
	return NewToken{
		GUID: n.GUID, Type: TypeDashboardLink, Name: n.Name, Repositories: []GUID{in}, ValidTo: n.ValidTo, IPFilter: n.IPFilter,
	}
}

// NeedSharing returns nil if p may make and end links to the dashboards of a
// repository: as its manager or its token that holds ScopeShare, or with the right
// to all tokens.
func (p Principal) NeedSharing(repo GUID) error {
	if p.scoped(ScopeShare) && p.MayIn(RepositoryRead, repo) {
		return nil
	}
	if err := p.NeedIn(TokenWrite, repo); err != nil || p.HoldsFor(TypeRepository, ScopeShare) {
		return err
	}
	return Deny(Forbidden("This takes "+ScopeShare+", which you don’t hold. An administrator can do it."), TokenWrite, Target{Kind: TargetRepository, GUID: repo})
}
