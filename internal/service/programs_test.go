package service_test

import (
	"context"
	"maps"
	"slices"

	"latchkey/internal/console"
)

// programVerbs are those that programs have of their own.
var programVerbs = map[string]guarded{
	"SliceTokens": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		s.make(s.fresher("token"))
		tokens, err := s.SliceTokens(ctx, actor, console.TokenFilter{}, console.TokenSort{Key: console.SortName}, 0, 10)
		return shown(actor, len(tokens), err)
	}},
	"CountAllTokens": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		s.make(s.fresher("token"))
		n, err := s.CountAllTokens(ctx, actor, console.TokenFilter{})
		return shown(actor, n, err)
	}},
	"ListWholeRepositories": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		repositories, err := s.ListWholeRepositories(ctx, actor, "")
		return shown(actor, len(repositories), err)
	}},
	"RepositoriesOf": {authority{}, func(s *site, ctx context.Context, actor console.Principal) error {
		repositories, err := s.RepositoriesOf(ctx, actor, []console.RepositoryRef{s.repo.Ref()})
		return shown(actor, len(slices.Collect(maps.Keys(repositories))), err)
	}},
	"GetDashboardLink": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		link, _ := s.link("wall")
		_, err := s.GetDashboardLink(ctx, actor, s.repo.GUID, link.GUID)
		return err
	}},
	"UpdatePolicies": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		policies, err := s.Policies(ctx)
		s.must(err)
		policy := policies.Of(console.TypeOrganizationManagement)
		policy.MaximumDays++
		return s.UpdatePolicies(ctx, actor, []console.Policy{policy})
	}},
}

// programPreparations are the preparations of what they change.
var programPreparations = map[string]func(s *site) func() error{
	"UpdatePolicies": func(s *site) func() error {
		return func() error {
			return s.UpdatePolicies(s.t.Context(), s.as(console.RoleOwner), []console.Policy{{Type: console.TypeOrganization, Allowed: true, PermissionsFixed: true}})
		}
	},
}
