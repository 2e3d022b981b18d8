package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

// rotate has the owner give a token a new secret, and returns it.
func (s *site) rotate(token console.Token, overlap console.Overlap) string {
	s.t.Helper()
	_, secret, err := s.RotateToken(s.t.Context(), s.as(console.RoleOwner), "", token.GUID, console.Rotation{Overlap: overlap, EndOldest: true})
	s.must(err)
	return secret.Reveal()
}

// use presents a token string, and reports whether it is accepted.
func (s *site) use(text string) bool {
	s.t.Helper()
	_, err := s.Authenticate(s.t.Context(), text, console.Presenter{})
	if err != nil && console.CodeOf(err) != console.CodeUnauthenticated {
		s.t.Error(err)
	}
	return err == nil
}

// works compares which of the token strings are accepted.
func (s *site) works(when string, want []bool, texts ...string) {
	s.t.Helper()
	var got []bool
	for _, text := range texts {
		worth, err := s.Verify(s.t.Context(), text, nowhere) // no use: it changes nothing
		s.must(err)
		got = append(got, worth.Active)
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("%s the secrets work: %v, want %v", when, got, want)
	}
}

func (s *site) secrets(token console.Token) []console.KeptSecret {
	s.t.Helper()
	secrets, err := s.ListSecrets(s.t.Context(), s.as(console.RoleAuditor), "", token.GUID)
	s.must(err)
	return secrets
}

func TestRotationIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, old := s.make("looker", to(opening.Add(3*day)))
		s.clock.forward(time.Hour)
		for _, test := range []struct {
			overlap console.Overlap
			end     time.Time
			words   string
		}{
			{console.Overlap{}, time.Time{}, "ends at once"},
			{console.Overlap{For: time.Hour}, opening.Add(2 * time.Hour), "works for 1 hour"},
			{console.Overlap{For: day}, opening.Add(day + time.Hour), "works for 24 hours"},
			{console.Overlap{For: 7 * day}, opening.Add(3 * day), "works for 7 days"}, // and never beyond the token
			{console.Overlap{Until: opening.Add(2 * day)}, opening.Add(2 * day), "ends at a chosen time"},
			{console.Overlap{FirstUse: true}, opening.Add(3 * day), "ends with the first use of the new one"},
		} {
			since, version := len(s.events()), s.token(token.GUID).Version
			rotated, secret, err := s.RotateToken(t.Context(), s.as(console.RoleOwner), s.repo.GUID, token.GUID,
				console.Rotation{Version: version, Overlap: test.overlap, EndOldest: true})
			s.must(err)
			if diff := cmp.Diff(s.token(token.GUID), rotated); diff != "" || rotated.Version != version+1 || !rotated.UpdatedAt.Equal(s.clock.now()) {
				t.Errorf("answered is version %d, not what is kept: %s", rotated.Version, diff)
			}
			event := s.event(s.as(console.RoleOwner), console.TokenRotated, token.AsTarget(), console.Change{Field: "old_secret", New: test.words})
			event.Repositories = token.Repositories
			if !test.end.IsZero() {
				event.Changes = append(event.Changes, console.Change{Field: "old_secret_until", New: console.TimeText(test.end)})
			}
			s.recorded(since, event)
			for table, rows := range s.snapshot() {
				for _, row := range rows {
					if strings.Contains(row, secret.Reveal()[40:]) || strings.Contains(row, secret.Reveal()[40:60]) {
						t.Errorf("the secret is in the table %s", table)
					}
				}
			}
			s.works(test.words, []bool{!test.end.IsZero(), true}, old, secret.Reveal())
			old = secret.Reveal()
		}
		secrets := s.secrets(token)
		if len(secrets) != 7 || !secrets[0].Current() || secrets[0].UntilUsed || !secrets[1].UntilUsed || !secrets[1].EndsAt.Equal(opening.Add(3*day)) {
			t.Errorf("the secrets are %+v", secrets)
		}
	})
}

// TestSecretsAtTheBoundaries looks around the end of an overlap and of the token.
func TestSecretsAtTheBoundaries(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		overlap, end := opening.Add(time.Hour), opening.Add(2*time.Hour)
		token, old := s.make("looker", to(end))
		current := s.rotate(token, console.Overlap{For: time.Hour})
		for _, test := range []struct {
			at   time.Time
			want []bool
		}{
			{opening, []bool{true, true}}, {overlap.Add(-ms), []bool{true, true}}, {overlap, []bool{false, true}}, {overlap.Add(ms), []bool{false, true}},
			{end.Add(-ms), []bool{false, true}}, {end, []bool{false, false}}, {end.Add(ms), []bool{false, false}},
		} {
			s.clock.set(test.at)
			s.works(test.at.String(), test.want, old, current)
		}
	})
}

func TestRotationRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		owner := s.as(console.RoleOwner)
		rotate := func(what string, token console.Token, r console.Rotation, want console.Code, fields ...string) {
			t.Helper()
			since := len(s.events())
			_, secret, err := s.RotateToken(t.Context(), owner, "", token.GUID, r)
			s.refused(what, err, want, fields...)
			if want != "" && (!secret.IsZero() || len(s.events()) != since) {
				t.Errorf("%s: refused, and yet there is a secret or a record", what)
			}
		}
		scheduled, _ := s.make("scheduled", from(opening.Add(time.Hour)))
		rotate("a scheduled token", scheduled, console.Rotation{Overlap: console.Overlap{For: day}}, "")
		disabled, _ := s.make("disabled")
		_, err := s.DisableToken(t.Context(), owner, "", disabled.GUID, time.Time{})
		s.must(err)
		rotate("a disabled token", disabled, console.Rotation{}, "")
		expired, _ := s.make("expired", to(opening.Add(ms)))
		s.clock.forward(ms)
		rotate("an expired token", expired, console.Rotation{}, console.CodeConflict)
		revoked, _ := s.make("revoked")
		_, err = s.RevokeToken(t.Context(), owner, "", revoked.GUID, "")
		s.must(err)
		rotate("a revoked token", revoked, console.Rotation{}, console.CodeConflict)
		now := s.clock.now()
		token, _ := s.make("looker", to(now.Add(5*day)))
		for what, overlap := range map[string]console.Overlap{
			"a time that is past": {Until: now}, "a time after 7 days": {Until: now.Add(7*day + ms)}, "a time after the token": {Until: now.Add(5*day + ms)},
		} {
			rotate(what, token, console.Rotation{Overlap: overlap}, console.CodeInvalid, "until")
		}
		rotate("more than 7 days", token, console.Rotation{Overlap: console.Overlap{For: 7*day + ms}}, console.CodeInvalid, "overlap")
		rotate("less than nothing", token, console.Rotation{Overlap: console.Overlap{For: -ms}}, console.CodeInvalid, "overlap")
		rotate("another version", token, console.Rotation{Version: 2}, console.CodeConflict)
		rotate("the whole life", token, console.Rotation{Version: 1, Overlap: console.Overlap{Until: now.Add(5 * day)}}, "")
		rotate("while two work", token, console.Rotation{Overlap: console.Overlap{For: day}}, console.CodeConflict, "end_oldest")
		rotate("while two work, knowing it", token, console.Rotation{EndOldest: true, Overlap: console.Overlap{For: day}}, "")
		s.clock.forward(day)
		rotate("after the overlap", token, console.Rotation{}, "")
		other, _ := s.make("other")
		id := console.NewGUID()
		rotate("a one-time value", other, console.Rotation{ID: id}, "")
		rotate("the same value for another token", token, console.Rotation{ID: id}, console.CodeConflict, "rotation")
	})
}

// TestARepeatedRotationShowsNoSecret whatever happened meanwhile.
func TestARepeatedRotationShowsNoSecret(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, old := s.make("looker")
		r := console.Rotation{ID: console.NewGUID(), Version: 1, Overlap: console.Overlap{For: time.Hour}}
		_, secret, err := s.RotateToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, r)
		s.must(err)
		since := len(s.events())
		again, none, err := s.RotateToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, r)
		if err != nil || !none.IsZero() || again.GUID != token.GUID || len(s.events()) != since {
			t.Errorf("the same again answers %q, %v", none.Reveal(), err)
		}
		s.works("after the same again", []bool{true, true}, old, secret.Reveal())
		_, err = s.RevokeToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, "")
		s.must(err)
		s.works("once it is revoked", []bool{false, false}, old, secret.Reveal())
		if _, none, err := s.RotateToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, r); err != nil || !none.IsZero() {
			t.Errorf("the same again after the revocation: %v", err)
		}
	})
}

// TestManyRotateAtOnce, with one form and each with their own.
func TestManyRotateAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for name, rotation := range map[string]func() console.Rotation{
			"one form": func() func() console.Rotation {
				r := console.Rotation{ID: console.NewGUID(), Version: 1, Overlap: console.Overlap{For: time.Hour}}
				return func() console.Rotation { return r }
			}(),
			"forms of one version":          func() console.Rotation { return console.Rotation{Version: 1, Overlap: console.Overlap{For: time.Hour}} },
			"nobody asked about the oldest": func() console.Rotation { return console.Rotation{Overlap: console.Overlap{For: time.Hour}} },
			"everybody ends the oldest": func() console.Rotation {
				return console.Rotation{EndOldest: true, Overlap: console.Overlap{For: time.Hour}}
			},
		} {
			token, _ := s.make(name)
			answered := make([]string, 16)
			errs := together(16, func(i int) error {
				_, secret, err := s.RotateToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, rotation())
				answered[i] = secret.Reveal()
				return err
			})
			secrets, live, shown := s.secrets(token), 0, 0
			for _, secret := range secrets {
				if secret.Live(s.clock.now()) {
					live++
				}
			}
			for i, text := range answered {
				if text == "" {
					continue
				}
				shown++
				_, kept, err := s.FindBySecret(t.Context(), s.as(console.RoleOwner), text)
				if worth, _ := s.Verify(t.Context(), text, nowhere); err != nil || worth.Active != kept.Live(s.clock.now()) {
					t.Errorf("%s: secret %d is kept as %+v, %v, and worth %v", name, i, kept, err, worth.Active)
				}
			}
			want := map[string]int{"everybody ends the oldest": 16}[name]
			if want == 0 {
				want = 1
			}
			if live != 2 || shown != want || len(secrets) != want+1 {
				t.Errorf("%s: %d secrets work, %d were shown, there are %d: %v", name, live, shown, len(secrets), codes(errs))
			}
		}
	})
}

// TestARevocationWinsOverRotations whichever comes first.
func TestARevocationWinsOverRotations(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, old := s.make("looker")
		texts := make([]string, 8)
		together(8, func(i int) error {
			if i == 4 {
				_, err := s.RevokeToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, "leaked")
				return err
			}
			_, secret, err := s.RotateToken(t.Context(), s.as(console.RoleOwner), "", token.GUID,
				console.Rotation{EndOldest: true, Overlap: console.Overlap{For: day}})
			texts[i] = secret.Reveal()
			return err
		})
		s.works("after the revocation", make([]bool, 9), append(texts, old)...)
		if status := s.token(token.GUID).Status(s.clock.now()); status != console.StatusRevoked {
			t.Errorf("the token is %s", status)
		}
		since := len(s.events())
		_, err := s.EndOverlap(t.Context(), s.as(console.RoleOwner), "", token.GUID)
		s.refused("ending the overlap of what is revoked", err, "")
		s.recorded(since)
	})
}

func TestEndingAnOverlap(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, old := s.make("looker")
		owner, since := s.as(console.RoleOwner), len(s.events())
		_, err := s.EndOverlap(t.Context(), owner, "", token.GUID)
		s.refused("without an overlap", err, "")
		s.recorded(since)
		current := s.rotate(token, console.Overlap{For: time.Hour})
		since = len(s.events())
		after, err := s.EndOverlap(t.Context(), owner, s.repo.GUID, token.GUID)
		s.must(err)
		event := s.event(owner, console.TokenOverlapEnded, token.AsTarget(),
			console.Change{Field: "old_secret_until", Old: console.TimeText(opening.Add(time.Hour)), New: console.TimeText(opening)})
		event.Repositories = token.Repositories
		s.recorded(since, event)
		s.works("afterwards", []bool{false, true}, old, current)
		if diff := cmp.Diff(s.token(token.GUID), after); diff != "" || after.Version != 3 {
			t.Errorf("answered is version %d: %s", after.Version, diff)
		}
	})
}

func TestWhoMayRotate(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		both := func(n *console.NewToken) { n.Scopes = []string{"ReadAccess", "ChangeFiles"} }
		token, _ := s.make("looker", both)
		for _, test := range []struct {
			name   string
			role   console.MemberRole
			scopes []string
			want   console.Code
		}{
			{"a manager with all of its scopes", console.MemberManager, []string{"ReadAccess", "ChangeFiles"}, ""},
			{"a manager with one of them", console.MemberManager, []string{"ReadAccess"}, console.CodeForbidden},
			{"a viewer with all of them", console.MemberViewer, []string{"ReadAccess", "ChangeFiles"}, console.CodeForbidden},
			{"a manager with others", console.MemberManager, []string{"QueryDashboard"}, console.CodeNotFound},
		} {
			actor := origin.As(s.member(test.scopes, map[console.GUID]console.MemberRole{s.repo.GUID: test.role}))
			_, secret, err := s.RotateToken(t.Context(), actor, "", token.GUID, console.Rotation{EndOldest: true})
			s.refused(test.name, err, test.want)
			if secret.IsZero() != (test.want != "") {
				t.Errorf("%s has the secret %v", test.name, !secret.IsZero())
			}
		}
		dashboard := s.dashboard()
		granted, _ := s.make("with a right on a dashboard", on(dashboard, console.UpdateAsset))
		for scopes, want := range map[string]console.Code{"ReadAccess": console.CodeForbidden, "ReadAccess DeleteDashboards": console.CodeForbidden, "ReadAccess UpdateDashboards": ""} {
			actor := origin.As(s.member(strings.Fields(scopes), map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager}))
			_, secret, err := s.RotateToken(t.Context(), actor, "", granted.GUID, console.Rotation{EndOldest: true})
			s.refused("a manager with "+scopes, err, want)
			if secret.IsZero() != (want != "") {
				t.Errorf("a manager with %s has the secret %v", scopes, !secret.IsZero())
			}
		}
	})
}

// TestNobodyGetsATokenThatMayMore than they may here themselves: administrators
// change no policies and invite nobody, and so have no token that does.
func TestNobodyGetsATokenThatMayMore(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, owner, administrator := t.Context(), s.as(console.RoleOwner), s.as(console.RoleAdministrator)
		for _, scope := range []string{"ChangeSecurityPolicies", "ManageUsers"} {
			_, _, err := s.CreateToken(ctx, administrator, s.request("more "+scope, ofType(console.TypeOrganization, scope)))
			s.refused(scope, err, console.CodeInvalid, "scopes")
			_, _, err = s.CreateToken(ctx, owner, s.request("more "+scope, ofType(console.TypeOrganization, scope)))
			s.must(err)
		}
		token, _ := s.make("less", ofType(console.TypeOrganization, "ChangeIPFilters"))
		_, err := s.UpdateToken(ctx, administrator, "", token.GUID, 1, console.TokenPatch{Scopes: &[]string{"ChangeIPFilters", "ManageUsers"}})
		s.refused("widened", err, console.CodeInvalid, "scopes")
		theirs, _ := s.make("theirs", ofType(console.TypeOrganization, "ManageUsers"))
		_, secret, err := s.RotateToken(ctx, administrator, "", theirs.GUID, console.Rotation{EndOldest: true})
		s.refused("its secret", err, console.CodeForbidden)
		if !secret.IsZero() {
			t.Error("an administrator has the secret of a token that invites people")
		}
		_, _, err = s.RotateToken(ctx, administrator, "", token.GUID, console.Rotation{EndOldest: true})
		s.must(err)
	})
}
