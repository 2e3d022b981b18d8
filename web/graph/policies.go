package graph

import (
	"context"
	"time"

	"latchkey/internal/console"
)

const day = 24 * time.Hour

// tokenPolicies are the policies of the types that have one here.
type tokenPolicies struct {
	of      console.Policies
	filters map[console.GUID]console.IPFilter
}

func newTokenPolicies(ctx context.Context, r *root, policies []console.Policy) (*tokenPolicies, error) {
	p := &tokenPolicies{of: console.Policies{}}
	var asked []console.Token // whoever sees what is asked for sees the filter
	for _, policy := range policies {
		p.of[policy.Type] = policy
		asked = append(asked, console.Token{IPFilter: policy.IPFilter})
	}
	var err error
	p.filters, err = r.svc.IPFiltersOf(ctx, asked)
	return p, err
}

func (p *tokenPolicies) enabled(t console.Type) bool { return p.of.Of(t).Allowed }

func (p *tokenPolicies) expiration(t console.Type) *Long {
	days := p.of.Of(t).MaximumDays
	if days == 0 {
		return nil
	}
	limit := Long((time.Duration(days) * day).Milliseconds())
	return &limit
}

// filter is the one that is asked for. That any is asked for cannot be said here.
func (p *tokenPolicies) filter(t console.Type) *ipFilter {
	return ipFilterOf(p.filters[p.of.Of(t).IPFilter.GUID])
}

func (p *tokenPolicies) updates(t console.Type) *bool {
	allowed := !p.of.Of(t).PermissionsFixed
	return &allowed
}

func (p *tokenPolicies) PersonalUserTokensEnabled() bool { return p.enabled(console.TypePersonal) }
func (p *tokenPolicies) PersonalUserTokensEnforceExpirationAfterMs() *Long {
	return p.expiration(console.TypePersonal)
}
func (p *tokenPolicies) PersonalUserTokensEnforceIPFilter() *ipFilter {
	return p.filter(console.TypePersonal)
}

func (p *tokenPolicies) ViewPermissionTokensEnabled() bool { return p.enabled(console.TypeRepository) }
func (p *tokenPolicies) ViewPermissionTokensEnforceExpirationAfterMs() *Long {
	return p.expiration(console.TypeRepository)
}
func (p *tokenPolicies) ViewPermissionTokensEnforceIPFilter() *ipFilter {
	return p.filter(console.TypeRepository)
}
func (p *tokenPolicies) ViewPermissionTokensAllowPermissionUpdates() *bool {
	return p.updates(console.TypeRepository)
}

func (p *tokenPolicies) OrganizationPermissionTokensEnabled() bool {
	return p.enabled(console.TypeOrganization)
}
func (p *tokenPolicies) OrganizationPermissionTokensEnforceExpirationAfterMs() *Long {
	return p.expiration(console.TypeOrganization)
}
func (p *tokenPolicies) OrganizationPermissionTokensEnforceIPFilter() *ipFilter {
	return p.filter(console.TypeOrganization)
}
func (p *tokenPolicies) OrganizationPermissionTokensAllowPermissionUpdates() *bool {
	return p.updates(console.TypeOrganization)
}

func (p *tokenPolicies) SystemPermissionTokensEnabled() bool { return p.enabled(console.TypeSystem) }
func (p *tokenPolicies) SystemPermissionTokensEnforceExpirationAfterMs() *Long {
	return p.expiration(console.TypeSystem)
}
func (p *tokenPolicies) SystemPermissionTokensEnforceIPFilter() *ipFilter {
	return p.filter(console.TypeSystem)
}
func (p *tokenPolicies) SystemPermissionTokensAllowPermissionUpdates() *bool {
	return p.updates(console.TypeSystem)
}

// policiesInput is what shall be asked of tokens. What is absent is not asked for.
type policiesInput struct {
	PersonalUserTokensEnabled                            bool
	PersonalUserTokensEnforceExpirationAfterMs           *Long
	PersonalUserTokensEnforceIPFilterID                  *string
	ViewPermissionTokensEnabled                          bool
	ViewPermissionTokensEnforceExpirationAfterMs         *Long
	ViewPermissionTokensEnforceIPFilterID                *string
	ViewPermissionTokensAllowPermissionUpdates           bool
	OrganizationPermissionTokensEnabled                  bool
	OrganizationPermissionTokensEnforceExpirationAfterMs *Long
	OrganizationPermissionTokensEnforceIPFilterID        *string
	OrganizationPermissionTokensAllowPermissionUpdates   bool
	SystemPermissionTokensEnabled                        *bool
	SystemPermissionTokensEnforceExpirationAfterMs       *Long
	SystemPermissionTokensEnforceIPFilterID              *string
	SystemPermissionTokensAllowPermissionUpdates         *bool
}

// UpdateTokenSecurityPolicies sets the policies. They change no token, and delete
// none: that is how Latchkey's policies are.
func (r *root) UpdateTokenSecurityPolicies(ctx context.Context, args struct{ Input policiesInput }) (*organization, error) {
	in, p := args.Input, console.Problems{}
	set := func(t console.Type, allowed bool, after *Long, filter *string, updates bool) console.Policy {
		policy := console.Policy{Type: t, Allowed: allowed, PermissionsFixed: !updates, IPFilterRequired: text(filter) != ""}
		policy.IPFilter.GUID = console.GUID(text(filter))
		if after != nil {
			span := time.Duration(min(max(*after, -1), Long(console.MaximumDaysLimit+1)*Long(day.Milliseconds()))) * time.Millisecond
			policy.MaximumDays = int(span / day)
			p.Check(span > 0 && span%day == 0, "maximum", "Give whole days, as milliseconds.")
		}
		return policy
	}
	policies := []console.Policy{
		set(console.TypePersonal, in.PersonalUserTokensEnabled, in.PersonalUserTokensEnforceExpirationAfterMs, in.PersonalUserTokensEnforceIPFilterID, true),
		set(console.TypeRepository, in.ViewPermissionTokensEnabled, in.ViewPermissionTokensEnforceExpirationAfterMs,
			in.ViewPermissionTokensEnforceIPFilterID, in.ViewPermissionTokensAllowPermissionUpdates),
		set(console.TypeOrganization, in.OrganizationPermissionTokensEnabled, in.OrganizationPermissionTokensEnforceExpirationAfterMs,
			in.OrganizationPermissionTokensEnforceIPFilterID, in.OrganizationPermissionTokensAllowPermissionUpdates),
	}
	// Who is not of the system leaves its tokens out.
	if in.SystemPermissionTokensEnabled != nil {
		updates := in.SystemPermissionTokensAllowPermissionUpdates != nil && *in.SystemPermissionTokensAllowPermissionUpdates
		policies = append(policies, set(console.TypeSystem, *in.SystemPermissionTokensEnabled, in.SystemPermissionTokensEnforceExpirationAfterMs,
			in.SystemPermissionTokensEnforceIPFilterID, updates))
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	return r.Organization(), r.svc.UpdatePolicies(ctx, caller(ctx), policies)
}
