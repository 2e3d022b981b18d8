package service_test

import (
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/password"
	"latchkey/internal/service"
)

// replica is another service on the site's database.
func (s *site) replica(fixed console.SettingsPatch) *service.Service {
	s.t.Helper()
	svc, err := service.New(s.t.Context(), s.store, service.Options{Key: key(1), Now: s.clock.now, Passwords: password.NewWeak(), Fixed: fixed})
	s.must(err)
	return svc
}

func TestSettingsTakeEffect(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		here, elsewhere, owner, since := s.replica(console.SettingsPatch{}), s.replica(console.SettingsPatch{}), s.as(console.RoleOwner), len(s.events())
		idle := func(svc *service.Service) time.Duration { return svc.Settings(t.Context()).Sessions.Idle }
		hash := s.session(s.people[console.RoleMember], "a")
		if idle(here) != 30*time.Minute || idle(elsewhere) != 30*time.Minute {
			t.Errorf("it begins with %v and %v", idle(here), idle(elsewhere))
		}
		_, err := here.UpdateSettings(t.Context(), owner, 0, console.SettingsPatch{SessionIdle: ptr(5 * time.Minute), Organization: ptr(" Northwind ")})
		s.must(err)
		target := console.Target{Kind: console.TargetSettings, Name: "Settings"}
		s.recorded(since, s.event(owner, console.SettingsEdited, target, console.Change{Field: "organization", New: "Northwind"},
			console.Change{Field: "session_idle", Old: "30 min", New: "5 min"}))
		if idle(here) != 5*time.Minute || here.Settings(t.Context()).Organization != "Northwind" {
			t.Errorf("where it was changed it is %+v", here.Settings(t.Context()))
		}
		for _, step := range []struct {
			after time.Duration
			want  time.Duration
		}{{2*time.Second - ms, 30 * time.Minute}, {2 * time.Second, 5 * time.Minute}, {-time.Hour, 5 * time.Minute}} {
			s.clock.set(opening.Add(step.after))
			if got := idle(elsewhere); got != step.want {
				t.Errorf("elsewhere it is %v after %v, want %v", got, step.after, step.want)
			}
		}
		s.clock.set(opening.Add(5*time.Minute - ms))
		_, err = here.FindSession(t.Context(), hash)
		s.refused("a session just within the new limit", err, "")
		s.clock.forward(10 * time.Minute)
		_, err = here.FindSession(t.Context(), hash)
		s.refused("a session beyond it", err, console.CodeNotFound)
	})
}

func TestSettingsRefuse(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		svc, owner := s.replica(console.SettingsPatch{Organization: ptr("Fixed"), SessionIdle: ptr(2 * day), SessionAbsolute: ptr(60 * day)}), s.as(console.RoleOwner)
		_, err := svc.UpdateSettings(t.Context(), owner, 0, console.SettingsPatch{Retention: ptr(time.Hour)})
		s.refused("an unsound value", err, console.CodeInvalid, "retention")
		after, err := svc.UpdateSettings(t.Context(), owner, 0, console.SettingsPatch{Organization: ptr("Other"), Retention: ptr(30 * day)})
		if s.refused("a sound value beside fixed ones that are out of the limits", err, ""); after.Organization != "Fixed" || after.Retention != 30*day || after.Version != 1 {
			t.Errorf("it became %+v", after)
		}
		_, err = svc.UpdateSettings(t.Context(), owner, 0, console.SettingsPatch{Retention: ptr(40 * day)})
		s.refused("an older version", err, console.CodeConflict)
		s.must(s.store.Close())
		if got := svc.Settings(t.Context()); got.Retention != 30*day {
			t.Errorf("without the database it is %+v", got)
		}
		s.clock.forward(time.Hour)
		if got := svc.Settings(t.Context()); got.Retention != 30*day || got.Organization != "Fixed" {
			t.Errorf("long without the database it is %+v", got)
		}
	})
}
