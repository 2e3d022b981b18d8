package service_test

import (
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
)

func billing() console.NewScope {
	return console.NewScope{Name: "billing:read", Label: "Read invoices", Group: "Billing", Types: []console.Type{console.TypeRepository}}
}

func TestOwnScope(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, since := s.as(console.RoleAdministrator), len(s.events())
		scope, err := s.CreateScope(t.Context(), actor, billing())
		s.must(err)
		target := console.Target{Kind: console.TargetScope, Name: "billing:read"}
		events := s.events()[since:]
		if len(events) != 1 || events[0].Action != console.ScopeCreated || events[0].Target != target || events[0].Actor != actor.Ref() || scope.Version != 1 {
			t.Errorf("recorded is %+v for %+v", events, scope)
		}
		token, text := s.make("invoices", func(n *console.NewToken) { n.Scopes = []string{"billing:read", "ReadAccess"} })
		since = len(s.events())
		_, err = s.RetireScope(t.Context(), actor, "billing:read", true)
		s.must(err)
		s.recorded(since, s.event(actor, console.ScopeRetired, target, s.events()[since].Changes...))
		_, _, err = s.CreateToken(t.Context(), actor, s.request("more", func(n *console.NewToken) { n.Scopes = []string{"billing:read"} }))
		s.refused("a token with a retired scope", err, console.CodeInvalid, "scopes")
		if err != nil && !strings.Contains(err.Error(), "billing:read is retired") {
			t.Errorf("why is %v", err)
		}
		if worth, err := s.Verify(t.Context(), text, nowhere); !worth.Active || !slices.Contains(worth.Token.Scopes, "billing:read") {
			t.Errorf("a token that has it is worth %+v, %v", worth, err)
		}
		_, err = s.UpdateToken(t.Context(), actor, "", token.GUID, 1, console.TokenPatch{Description: ptr("keeps it")})
		s.refused("editing a token that has it", err, "")
		_, err = s.RetireScope(t.Context(), actor, "billing:read", false)
		s.must(err)
		_, _, err = s.CreateToken(t.Context(), actor, s.request("more", func(n *console.NewToken) { n.Scopes = []string{"billing:read"} }))
		s.refused("a token with it, reinstated", err, "")
		if use, err := s.ScopeUse(t.Context(), actor); use["billing:read"] != 2 || use["ReadAccess"] != 1 {
			t.Errorf("the scopes are used %v times, %v", use, err)
		}
	})
}

func TestScopesRefuse(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor := s.as(console.RoleOwner)
		_, err := s.CreateScope(t.Context(), actor, billing())
		s.must(err)
		since := len(s.events())
		named := func(name string) console.NewScope {
			n := billing()
			n.Name = name
			return n
		}
		for name, test := range map[string]struct {
			n     console.NewScope
			want  console.Code
			field []string
		}{
			"nothing":               {console.NewScope{}, console.CodeInvalid, []string{"label", "name", "types"}},
			"a taken name":          {billing(), console.CodeConflict, []string{"name"}},
			"a name of LogScale's":  {named("ReadAccess"), console.CodeInvalid, []string{"name"}},
			"a name of the console": {named("latchkey:introspect"), console.CodeInvalid, []string{"name"}},
			"a name with a space":   {named("billing:read all"), console.CodeInvalid, []string{"name"}},
			"a name with a NUL":     {named("billing:read\x00"), console.CodeInvalid, []string{"name"}},
		} {
			_, err := s.CreateScope(t.Context(), actor, test.n)
			s.refused(name, err, test.want, test.field...)
		}
		for _, name := range []string{"", "nothing:here", "readaccess", "\x00", "\xff"} {
			_, err := s.RetireScope(t.Context(), actor, name, true)
			s.refused("retiring "+name, err, console.CodeNotFound)
		}
		_, err = s.UpdateScope(t.Context(), actor, "ReadAccess", 0, billing())
		s.refused("editing LogScale's", err, console.CodeConflict)
		stale := billing()
		stale.Label = "New"
		_, err = s.UpdateScope(t.Context(), actor, "billing:read", 2, stale)
		s.refused("editing a later version", err, console.CodeConflict)
		s.recorded(since)
	})
}

func TestScopesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, since := s.as(console.RoleOwner), len(s.events())
		var errs []error
		s.crowded("scopes", func() {
			errs = together(16, func(int) error {
				_, err := s.CreateScope(t.Context(), actor, billing())
				return err
			})
		})
		if got := codes(errs); got[""] != 1 || got[console.CodeConflict] != 15 || len(s.events()) != since+1 {
			t.Errorf("of one name: %v, with %d events: %v", got, len(s.events())-since, errs)
		}
		since = len(s.events())
		errs = together(16, func(int) error {
			_, err := s.RetireScope(t.Context(), actor, "DeleteEvents", true)
			return err
		})
		if got := codes(errs); got[""] != 16 || len(s.events()) != since+1 {
			t.Errorf("retiring one: %v, with %d events: %v", got, len(s.events())-since, errs)
		}
		catalogue, err := s.Catalogue(t.Context())
		s.must(err)
		if scope, _ := catalogue.Find("DeleteEvents"); !scope.Retired {
			t.Error("it is not retired")
		}
	})
}
