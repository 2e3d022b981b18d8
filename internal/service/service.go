// Package service is the verbs of the console: each asks whether the actor may,
// whether the input is sound, then changes and records in one transaction, and
// answers. Every way in - pages, command line, APIs - goes through it.
package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/gate"
	"latchkey/internal/password"
	"latchkey/internal/store"
)

// Service does what the console can do.
type Service struct {
	store     *store.Store
	clock     func() time.Time
	now       func() time.Time
	keys      keyring
	passwords *password.Hasher
	fixed     console.SettingsPatch
	kept      keptSettings
	providers []Provider
	counts    keptCounts
	unused    keptUnused
	overviews keptEverything
	places    keptPlaces
	seldom    keptSeldom
	// factorRoles are the roles that need a second factor.
	factorRoles []console.Role
	repeats     repeats
	ipRules     readRules
	usage       gate.Usage
	facts       *gate.Facts[*fact]
	lookups     *gate.Queue[*fact]
	failures    gate.Limits
	figures     tallies
	bulkWork    bulkWork
}

// Options are what a Service needs beside its store.
type Options struct {
	// Key is the installation's key, 32 bytes: what hashes of secrets, seals
	// and sessions are made with. It never enters the database.
	Key []byte
	// OldKeys are those that were the key before: what was made with them holds.
	OldKeys [][]byte
	// Now is the clock.
	Now       func() time.Time
	Passwords *password.Hasher
	// Fixed are the settings that stand, whatever is stored.
	Fixed console.SettingsPatch
	// FactorRoles are the roles that need a second factor.
	FactorRoles []console.Role
	// Providers are where people may sign in beside here.
	Providers []Provider
	// Facts is of about how many tokens verification remembers what it read; a
	// usual number if zero.
	Facts int
}

// usualFacts are of so many tokens, in less than 200 MiB.
const usualFacts = 100_000

// ErrOtherKey says that a key is not the one of the database.
var ErrOtherKey = errors.New("the secrets in this database were hashed with another key")

// New returns the verbs over a migrated store. It refuses a key that is not
// the one with which the secrets in the store were hashed.
func New(ctx context.Context, st *store.Store, o Options) (*Service, error) {
	keys, err := newKeyring(o.Key, o.OldKeys)
	if err != nil {
		return nil, err
	}
	s := &Service{store: st, keys: keys, passwords: o.Passwords, fixed: o.Fixed, factorRoles: o.FactorRoles, providers: o.Providers, bulkWork: newBulkWork()}
	s.clock = o.Now
	s.facts, s.lookups = gate.NewFacts[*fact](cmp.Or(o.Facts, usualFacts)), s.newLookups()
	st.OnRecorded(s.forget)
	s.now = func() time.Time { return console.Instant(o.Now()) }
	known, err := st.ListKeys(ctx)
	if err == nil && !slices.Contains(known, keys.id) {
		known, err = s.useKey(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read the keys' ids: %w", err)
	}
	for _, id := range known {
		if !slices.Contains(keys.ids(), id) {
			return nil, fmt.Errorf("%w: bring back the key %s, beside %s", ErrOtherKey, id, keys.id)
		}
	}
	return s, nil
}

// useKey notes that the key is in use from now on, if it is the first one or
// those before it are known, too, and returns the ids of all that were: of
// replicas that start at once with different keys, one comes first.
func (s *Service) useKey(ctx context.Context) (known []string, err error) {
	err = s.store.Tx(ctx, func(tx *store.Store) error {
		if err := tx.Exclusive(ctx, "keys"); err != nil {
			return err
		}
		if known, err = tx.ListKeys(ctx); err != nil || slices.Contains(known, s.keys.id) {
			return err
		}
		if slices.ContainsFunc(known, func(id string) bool { return !slices.Contains(s.keys.ids(), id) }) {
			return nil
		}
		if err := tx.InsertKey(ctx, s.keys.id, s.now()); err != nil || len(known) == 0 {
			return err
		}
		event := console.System("Latchkey").Did(console.KeyChanged, console.Target{Kind: console.TargetSettings, Name: "key"}, s.now())
		event.Changes = []console.Change{{Field: "key", Old: known[0], New: s.keys.id}}
		return s.record(ctx, tx, event)
	})
	return known, err
}

// change runs do in a transaction, for an actor who has perm somewhere, as they
// are at that moment: who was demoted or disabled meanwhile is judged by what
// they are now, and stays so until the change is done. What the policy refuses
// is recorded afterwards.
func (s *Service) change(ctx context.Context, actor console.Principal, perm console.Permission, do func(tx *store.Store, actor console.Principal) error) error {
	err := s.store.Tx(ctx, func(tx *store.Store) error { return s.changeIn(ctx, tx, actor, perm, do) })
	return s.conclude(ctx, actor, perm, err, console.Target{})
}

func (s *Service) changeIn(ctx context.Context, tx *store.Store, actor console.Principal, perm console.Permission, do func(tx *store.Store, actor console.Principal) error) error {
	actor, err := s.current(ctx, tx, actor)
	if err != nil {
		return err
	}
	if err := actor.NeedSomewhere(perm); err != nil {
		return err
	}
	if perm.NeedsProof() {
		if err := s.needProof(actor); err != nil {
			return err
		}
	}
	return do(tx, actor)
}

// changeIf is change for an actor of whom may returns nil, to what is a matter of
// people.
func (s *Service) changeIf(ctx context.Context, actor console.Principal, may func(actor console.Principal) error, do func(tx *store.Store, actor console.Principal) error) error {
	err := s.store.Tx(ctx, func(tx *store.Store) error {
		actor, err := s.current(ctx, tx, actor)
		if err != nil {
			return err
		}
		if err := cmp.Or(may(actor), s.needProof(actor)); err != nil {
			return err
		}
		return do(tx, actor)
	})
	return s.conclude(ctx, actor, console.UserWrite, err, console.Target{})
}

// changePeople is change for what becomes of people: such changes take turns,
// so that two owners cannot demote each other at once. The turn comes before
// any row is locked, or two changes could wait for each other.
func (s *Service) changePeople(ctx context.Context, actor console.Principal, perm console.Permission, do func(tx *store.Store, actor console.Principal) error) error {
	err := s.store.Tx(ctx, func(tx *store.Store) error {
		if err := tx.Exclusive(ctx, "people"); err != nil {
			return err
		}
		return s.changeIn(ctx, tx, actor, perm, do)
	})
	return s.conclude(ctx, actor, perm, err, console.Target{})
}

// current is actor as they are now, and stay until the transaction ends.
func (s *Service) current(ctx context.Context, tx *store.Store, actor console.Principal) (console.Principal, error) {
	if actor.Kind == console.PrincipalToken {
		token, err := s.currentToken(ctx, tx, actor.GUID)
		return actor.AsToken(token), err
	}
	if actor.Kind != console.PrincipalUser {
		return actor, nil
	}
	if actor.Token != "" {
		if _, err := s.currentToken(ctx, tx, actor.Token); err != nil {
			return actor, err
		}
	}
	user, err := tx.KeepUser(ctx, actor.GUID)
	if console.CodeOf(err) == console.CodeNotFound || err == nil && !user.DisabledAt.IsZero() {
		return actor, console.Unauthenticated()
	}
	if err != nil {
		return actor, err
	}
	return actor.As(user), nil
}

// written returns not_found for what is given and not written as a GUID: it
// names nothing, and some of it PostgreSQL refuses to look for.
func written(guids ...console.GUID) error {
	for _, guid := range guids {
		if guid != "" && !guid.Valid() {
			return console.NotFound()
		}
	}
	return nil
}

// Now is the time by which the service decides.
func (s *Service) Now() time.Time { return s.now() }

// Clock is the same time as its clock gives it, to measure how long things take.
func (s *Service) Clock() time.Time { return s.clock() }

// Ready reports whether the database answers, its schema fits, and its clock and
// ours agree.
func (s *Service) Ready(ctx context.Context) error {
	return cmp.Or(s.store.Ping(ctx), s.checkSkew())
}
