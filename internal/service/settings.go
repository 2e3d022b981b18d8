package service

import (
	"context"
	"sync"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// settingsAge is how old the settings may be that are in effect here, when they
// were changed elsewhere.
const settingsAge = 2 * time.Second

// keptSettings are the settings as they were read last.
type keptSettings struct {
	mu       sync.Mutex
	settings console.Settings
	// known is whether they were read at all, and read when that began last.
	known bool
	read  time.Time
	// changes counts those made here: what was read before one is no news.
	changes int
}

// get returns what is known, and whether to read it again: of many who ask at
// once, one does.
func (k *keptSettings) get(now time.Time) (settings console.Settings, changes int, known, again bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	age := now.Sub(k.read)
	if again = !k.known || age < 0 || age >= settingsAge; again {
		k.read = now
	}
	return k.settings, k.changes, k.known, again
}

// put keeps what was read, unless somebody changed it here meanwhile.
func (k *keptSettings) put(settings console.Settings, changes int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if changes == k.changes {
		k.settings, k.known = settings, true
	}
}

// change keeps what was set here.
func (k *keptSettings) change(settings console.Settings, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes++
	k.settings, k.known, k.read = settings, true, now
}

// Settings are what is in effect: what the program was started with, else what
// somebody set, else the defaults. While the database is away they are those
// that were known last.
func (s *Service) Settings(ctx context.Context) console.Settings {
	settings, changes, known, again := s.kept.get(s.clock())
	if !again {
		return settings
	}
	stored, err := s.store.FindSettings(ctx)
	switch {
	case err == nil:
		settings = s.fixed.Apply(stored)
		s.kept.put(settings, changes)
	case !known:
		return s.fixed.Apply(console.DefaultSettings())
	}
	return settings
}

// FixedSettings are those that the program was started with: they can't be
// changed while it runs.
func (s *Service) FixedSettings() console.SettingsPatch { return s.fixed }

// GetSettings returns the settings in effect to those who may see them.
func (s *Service) GetSettings(ctx context.Context, actor console.Principal) (console.Settings, error) {
	if err := actor.Need(console.SettingsRead); err != nil {
		return console.Settings{}, err
	}
	stored, err := s.store.FindSettings(ctx)
	return s.fixed.Apply(stored), err
}

// UpdateSettings changes the settings, which are still at version. They are in
// effect here at once, and elsewhere within two seconds. What the program was
// started with stays, whatever the patch says.
func (s *Service) UpdateSettings(ctx context.Context, actor console.Principal, version int, patch console.SettingsPatch) (console.Settings, error) {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.SettingsWrite), console.Settings{}.AsTarget()); err != nil {
		return console.Settings{}, err
	}
	patch = patch.Without(s.fixed)
	var after console.Settings
	err := s.change(ctx, actor, console.SettingsWrite, func(tx *store.Store, actor console.Principal) error {
		if err := tx.Exclusive(ctx, "settings"); err != nil {
			return err
		}
		before, err := tx.FindSettings(ctx)
		if err != nil {
			return err
		}
		after = patch.Apply(before)
		if before.Version != version {
			return console.Stale(before.AsTarget())
		}
		if err := s.fixed.Apply(after).ValidateBeside(s.fixed); err != nil {
			return err
		}
		changes := console.Changes(before.Fields(), after.Fields())
		if len(changes) == 0 {
			return nil
		}
		if err := tx.UpdateSettings(ctx, after, version); err != nil {
			return err
		}
		after.Version++
		event := actor.Did(console.SettingsEdited, after.AsTarget(), s.now())
		event.Changes = changes
		return s.record(ctx, tx, event)
	})
	if err != nil {
		return console.Settings{}, err
	}
	after = s.fixed.Apply(after)
	s.kept.change(after, s.clock())
	return after, nil
}

// UpdatePreferences keeps how actor wants to see the console. It is theirs
// alone and no matter for the record.
func (s *Service) UpdatePreferences(ctx context.Context, actor console.Principal, patch console.PreferencesPatch) error {
	if actor.Kind != console.PrincipalUser {
		return console.Unauthenticated()
	}
	if err := patch.Validate(); err != nil {
		return err
	}
	return s.store.UpdatePreferences(ctx, actor.GUID, patch)
}
