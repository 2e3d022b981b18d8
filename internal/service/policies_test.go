package service_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// asks has the owner set a policy, whatever it finds.
func (s *site) asks(p console.Policy) console.Policy {
	s.t.Helper()
	policies, err := s.Policies(s.t.Context())
	s.must(err)
	p, err = s.UpdatePolicy(s.t.Context(), s.as(console.RoleOwner), policies.Of(p.Type).Version, p, true)
	s.must(err)
	return p
}

func repositoryPolicy(days int) console.Policy {
	return console.Policy{Type: console.TypeRepository, Allowed: true, MaximumDays: days}
}

func TestPolicyIsAsked(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, limit := s.as(console.RoleAdministrator), opening.Add(90*day)
		old, _ := s.make("old")
		short, _ := s.make("short", to(opening.Add(day)))
		s.asks(repositoryPolicy(90))
		create := func(change ...func(*console.NewToken)) error {
			_, _, err := s.CreateToken(t.Context(), actor, s.request(s.fresher("token"), change...))
			return err
		}
		edit := func(token console.Token, patch console.TokenPatch) error {
			_, err := s.UpdateToken(t.Context(), actor, "", token.GUID, s.token(token.GUID).Version, patch)
			return err
		}
		s.refused("no end", create(), console.CodeInvalid, "valid_to")
		s.refused("beyond", create(to(limit.Add(ms))), console.CodeInvalid, "valid_to")
		s.refused("counted from a later start", create(from(opening.Add(10*day)), to(limit.Add(5*day))), console.CodeInvalid, "valid_to")
		s.refused("at the limit", create(to(limit)), "")
		s.refused("of another type", create(ofType(console.TypeSystem, "ReadHealthCheck")), "")
		s.refused("describing one that never ends", edit(old, console.TokenPatch{Description: ptr("kept")}), "")
		s.refused("widening one that never ends", edit(old, console.TokenPatch{Scopes: ptr([]string{"ReadAccess", "ChangeFiles"})}), "")
		s.refused("extending too far", edit(short, console.TokenPatch{ValidTo: ptr(limit.Add(day))}), console.CodeInvalid, "valid_to")
		s.refused("taking the end away", edit(short, console.TokenPatch{ValidTo: &time.Time{}}), console.CodeInvalid, "valid_to")
		for want, end := range map[console.Effect]time.Time{console.EffectRefused: limit.Add(day), console.EffectChanges: limit} {
			b := console.BulkRequest{Verb: console.BulkExtend, ValidTo: end}
			foreseen, err := s.PreviewBulk(t.Context(), actor, "", []console.GUID{short.GUID}, b)
			s.must(err)
			done, err := s.ApplyBulk(t.Context(), actor, "", []console.GUID{short.GUID}, b)
			s.must(err)
			if foreseen[0].Effect != want || done[0].Effect != want || (want == console.EffectRefused) != strings.Contains(done[0].Why, "90 days") {
				t.Errorf("extending to %v: %+v, then %+v", end, foreseen, done)
			}
		}
		s.clock.forward(day)
		s.refused("a day later a day more", edit(short, console.TokenPatch{ValidTo: ptr(limit.Add(day))}), "")

		p := repositoryPolicy(0)
		p.Version, p.PermissionsFixed = 1, true
		s.asks(p)
		s.refused("other scopes", edit(short, console.TokenPatch{Scopes: ptr([]string{"ChangeFiles"})}), console.CodeInvalid, "scopes")
		s.refused("the same scopes", edit(short, console.TokenPatch{Scopes: ptr([]string{"ReadAccess"}), Name: ptr("renamed")}), "")
		p.Allowed, p.PermissionsFixed = false, false
		s.asks(p)
		s.refused("not allowed", create(to(limit)), console.CodeInvalid, "type")
		p.Allowed, p.IPFilterRequired = true, true
		s.asks(p)
		s.refused("without a filter", create(to(limit)), console.CodeInvalid, "ip_filter")
		s.asks(console.Policies{}.Of(console.TypeRepository))
		s.refused("without a policy", create(), "")
	})
}

func TestPolicyAllowsToRepeat(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		n := s.request("once")
		_, _, err := s.CreateToken(t.Context(), s.as(console.RoleOwner), n)
		s.must(err)
		s.asks(repositoryPolicy(1))
		_, secret, err := s.CreateToken(t.Context(), s.as(console.RoleOwner), n)
		if s.refused("repeating what was made before", err, ""); !secret.IsZero() {
			t.Error("a second secret")
		}
	})
}

func TestPolicyPreview(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		owner := s.as(console.RoleOwner)
		for i := range console.MisfitLimit + 5 {
			s.make(fmt.Sprintf("never %02d", i))
		}
		s.make("long", to(opening.Add(91*day)))
		s.make("scheduled", from(opening.Add(day)), to(opening.Add(400*day)))
		paused, _ := s.make("a paused one", to(opening.Add(91*day)))
		_, err := s.DisableToken(t.Context(), owner, "", paused.GUID, time.Time{})
		s.must(err)
		s.make("short", to(opening.Add(90*day)))
		s.make("ended", to(opening.Add(ms)))
		revoked, _ := s.make("revoked")
		_, err = s.RevokeToken(t.Context(), owner, "", revoked.GUID, "")
		s.must(err)
		s.make("system", ofType(console.TypeSystem, "ReadHealthCheck"))
		s.clock.forward(ms)
		before, since := s.tokens(), len(s.events())
		found := func(p console.Policy) console.PolicyPreview {
			t.Helper()
			preview, err := s.PreviewPolicy(t.Context(), owner, p)
			s.must(err)
			return preview
		}
		if got := found(repositoryPolicy(90)); got.Tokens != 58 || len(got.Named) != console.MisfitLimit || got.Named[0].Name != "a paused one" || got.Named[1].Name != "long" ||
			len(got.Misfits) != 1 || got.Misfits[0] != (console.Misfit{Rule: console.RuleMaximum, Tokens: 58}) {
			t.Errorf("90 days find %d, %v, %d named", got.Tokens, got.Misfits, len(got.Named))
		}
		if got := found(console.Policy{Type: console.TypeRepository, MaximumDays: 90, IPFilterRequired: true}); got.Tokens != 59 || len(got.Misfits) != 3 || got.Misfits[0].Tokens != 59 {
			t.Errorf("all rules find %d, %v", got.Tokens, got.Misfits)
		}
		if got := found(repositoryPolicy(0)); got.Tokens != 0 || got.Misfits != nil || got.Named != nil {
			t.Errorf("no change finds %+v", got)
		}
		if got := found(console.Policy{Type: console.TypeSystem}); got.Tokens != 1 || got.Named[0].Name != "system" {
			t.Errorf("the system's finds %+v", got)
		}
		_, err = s.PreviewPolicy(t.Context(), owner, repositoryPolicy(-1))
		s.refused("a preview of nonsense", err, console.CodeInvalid, "maximum")
		_, err = s.UpdatePolicy(t.Context(), owner, 0, repositoryPolicy(90), false)
		s.refused("unconfirmed", err, console.CodeInvalid, "confirm")
		s.recorded(since)
		_, err = s.UpdatePolicy(t.Context(), owner, 0, repositoryPolicy(90), true)
		s.must(err)
		if after := s.tokens(); len(after) != len(before) {
			t.Errorf("of %d tokens %d are left", len(before), len(after))
		}
		_, err = s.UpdatePolicy(t.Context(), owner, 1, repositoryPolicy(120), false)
		s.refused("loosening needs no confirmation", err, "")
	})
}

func TestPolicyIsKeptAndRecorded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		owner, since := s.as(console.RoleOwner), len(s.events())
		p := console.Policy{Type: console.TypePersonal, MaximumDays: 30, IPFilterRequired: true}
		saved, err := s.UpdatePolicy(t.Context(), owner, 0, p, false)
		s.must(err)
		p.Version = 1
		all, err := s.ListPolicies(t.Context(), s.as(console.RoleAuditor))
		if err != nil || saved != p || len(all) != len(console.Types) || all[4] != p || !all[0].Allowed || all[0].Version != 0 {
			t.Errorf("saved is %+v, kept are %+v, %v", saved, all, err)
		}
		target := console.Target{Kind: console.TargetPolicy, Name: "Personal"}
		s.recorded(since, s.event(owner, console.PolicyEdited, target, console.Change{Field: "allowed", Old: "yes", New: "no"},
			console.Change{Field: "maximum_lifetime", Old: "none", New: "30 days"}, console.Change{Field: "ip_filter_required", Old: "no", New: "yes"}))
		since = len(s.events())
		_, err = s.UpdatePolicy(t.Context(), owner, 1, p, false)
		s.refused("saving it as it is", err, "")
		for name, version := range map[string]int{"an older version": 0, "a later version": 2} {
			p.MaximumDays = 60
			_, err = s.UpdatePolicy(t.Context(), owner, version, p, true)
			s.refused(name, err, console.CodeConflict)
		}
		_, err = s.UpdatePolicy(t.Context(), owner, 0, console.Policy{Type: "odd"}, true)
		s.refused("an odd type", err, console.CodeNotFound)
		s.recorded(since)
		var errs []error
		s.crowded("policies", func() {
			errs = together(8, func(i int) error {
				_, err := s.UpdatePolicy(t.Context(), owner, 0, console.Policy{Type: console.TypeSystem, Allowed: true, MaximumDays: i + 1}, true)
				return err
			})
		})
		if got := codes(errs); got[""] != 1 || got[console.CodeConflict] != 7 {
			t.Errorf("at once: %v: %v", got, errs)
		}
	})
}
