package service

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/password"
	"latchkey/internal/store"
)

// setupLifetime is how long a setup link works.
const setupLifetime = 30 * time.Minute

// NewSetupCode returns a fresh code with which the first owner is made, or ""
// when there is an account already. It works for 30 minutes, once.
func (s *Service) NewSetupCode(ctx context.Context) (string, error) {
	if any, err := s.store.AnyUser(ctx); any || err != nil {
		return "", err
	}
	code := rand.Text() // at least 128 bits
	return code, s.store.InsertSetupCode(ctx, hashCode(code), s.now().Add(setupLifetime))
}

// CheckSetupCode returns not_found unless code would work now.
func (s *Service) CheckSetupCode(ctx context.Context, code string) error {
	works, err := s.store.FindSetupCode(ctx, hashCode(code), s.now())
	if err != nil {
		return err
	}
	if any, err := s.store.AnyUser(ctx); err != nil || any || !works {
		return cmp.Or(err, console.NotFound())
	}
	return nil
}

// SetUp makes the first owner. Of many simultaneous uses, of one code or of
// several, exactly one succeeds; to the others the page is gone.
func (s *Service) SetUp(ctx context.Context, from console.Principal, code string, n console.NewUser) (console.User, error) {
	if err := s.CheckSetupCode(ctx, code); err != nil {
		return console.User{}, err
	}
	n.Role = console.RoleOwner
	user, hash, err := s.prepareUser(ctx, n)
	if err != nil {
		return console.User{}, err
	}
	err = s.store.Tx(ctx, func(tx *store.Store) error {
		if err := tx.Exclusive(ctx, "setup"); err != nil {
			return err
		}
		works, err := tx.FindSetupCode(ctx, hashCode(code), s.now())
		if err != nil {
			return err
		}
		if !works {
			return console.NotFound()
		}
		if any, err := tx.AnyUser(ctx); err != nil || any {
			return cmp.Or(err, console.NotFound())
		}
		if err := tx.DeleteSetupCodes(ctx); err != nil {
			return err
		}
		return s.insertUser(ctx, tx, from.As(user), user, hash)
	})
	return user, err
}

// SignIn checks a password. To an unknown address, a wrong password and a
// disabled account it gives one answer after the same work. knownDevice says
// that this browser has signed in to that account before, so that a stranger
// who fails on purpose does not slow down its owner. Who has a second factor
// has not signed in yet: see HoldSignIn.
func (s *Service) SignIn(ctx context.Context, from console.Principal, email, pass string, knownDevice bool) (console.User, error) {
	email = console.Clean(email)
	refused := &console.Error{Code: console.CodeUnauthenticated, Message: "Email or password is wrong."}
	if email == "" || len(email) > console.EmailLimit || !console.PlainLine(email) || len(pass) > 4*console.PasswordLimit {
		return console.User{}, refused
	}
	throttles := signInThrottles(email, from.Address, knownDevice)
	counted, err := s.countAttempt(ctx, throttles)
	if err != nil {
		if counted.blockedBy != nil {
			who := unproven(from, email)
			err = cmp.Or(s.recordThrottled(ctx, who, console.Target{Kind: console.TargetUser, Name: who.Name}, *counted.blockedBy), err)
		}
		return console.User{}, err
	}
	user, hash, err := s.store.FindSignIn(ctx, email)
	found := err == nil
	if err != nil && console.CodeOf(err) != console.CodeNotFound {
		return console.User{}, err
	}
	right := false
	if found && hash != "" { // who signs in elsewhere only has none
		right, err = s.passwords.Verify(ctx, hash, pass)
	} else {
		err = s.passwords.VerifyNothing(ctx, pass)
	}
	if err != nil {
		if errors.Is(err, password.ErrBusy) {
			err = cmp.Or(s.uncount(ctx, throttles, counted), busy(err))
		}
		return console.User{}, err
	}
	if !found || !right || !user.DisabledAt.IsZero() {
		return console.User{}, cmp.Or(s.recordRefusal(ctx, from, user, email), error(refused))
	}
	return user, s.store.Tx(ctx, func(tx *store.Store) error {
		if err := s.forgive(ctx, tx, throttles); err != nil {
			return err
		}
		if user.SecondFactor {
			return nil
		}
		return s.record(ctx, tx, from.As(user).Did(console.SignedIn, user.AsTarget(), s.now()))
	})
}

// recordRefusal notes a refused sign-in.
func (s *Service) recordRefusal(ctx context.Context, from console.Principal, user console.User, email string) error {
	from = unproven(from, email)
	target := console.Target{Kind: console.TargetUser, GUID: user.GUID, Name: from.Name}
	return s.record(ctx, s.store, from.Did(console.SignInRefused, target, s.now()))
}

// addressForm is how the addresses look that a record repeats.
var addressForm = regexp.MustCompile(`^[^@\s]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)

// unproven is who somebody says they are, asking from where they ask. The
// address is what was typed, which may be anything.
func unproven(from console.Principal, email string) console.Principal {
	if !addressForm.MatchString(email) {
		email = "(not an address)" // people type passwords here
	}
	from.Kind, from.Name = console.PrincipalUser, email
	return from
}

// throttle slows down what fails under one name: after so many free failures
// each further one doubles the wait, up to a limit. It never locks.
type throttle struct {
	name string
	// of is whose tries it counts, for the record.
	of    string
	free  int
	limit time.Duration
	// forgives is whether one success forgets the failures.
	forgives bool
}

// throttleMemory is how long failures are remembered.
const throttleMemory = 24 * time.Hour

// signInThrottles are what an attempt counts under: the account from this
// network, the network, and the account from anywhere. The last is mild, for
// it hits the account's owner too. Known devices have a count of their own, to
// which no stranger can add. What was typed is quoted, so that no address is
// another's count.
func signInThrottles(email, address string, knownDevice bool) []throttle {
	network, account := console.Network(address), strconv.Quote(console.Fold(strings.TrimSpace(email)))
	if knownDevice {
		return []throttle{{name: "sign-in " + account + " on a known device", of: "to this account on a device that it knows", free: 5, limit: 15 * time.Minute, forgives: true}}
	}
	return []throttle{
		{name: "sign-in " + account + " from " + network, of: "to this account from " + network, free: 5, limit: 15 * time.Minute, forgives: true},
		{name: "sign-in from " + network, of: "from " + network, free: 50, limit: time.Minute},
		{name: "sign-in " + account, of: "to this account from anywhere", free: 20, limit: 2 * time.Second, forgives: true},
	}
}

// counted is what an attempt found and left under each of its throttles, or
// which of them refused it.
type counted struct {
	before, after []store.Throttle
	blockedBy     *throttle
}

// countAttempt refuses an attempt that has to wait, and else counts it as a
// failure beforehand, so that simultaneous attempts cannot slip through
// together. Success takes that back: see forgive.
func (s *Service) countAttempt(ctx context.Context, throttles []throttle) (c counted, err error) {
	err = s.store.Tx(ctx, func(tx *store.Store) error {
		now := s.now()
		for _, t := range throttles {
			if err := tx.Exclusive(ctx, t.name); err != nil {
				return err
			}
			state, err := tx.FindThrottle(ctx, t.name)
			if err != nil {
				return err
			}
			if wait := state.BlockedUntil.Sub(now); wait > 0 {
				c.blockedBy = &t
				return console.Limited("Too many tries.", wait)
			}
			if now.Sub(state.FailedAt) > throttleMemory {
				state.Failures = 0
			}
			c.before = append(c.before, state)
		}
		for i, t := range throttles {
			state := c.before[i]
			state.Failures, state.FailedAt = state.Failures+1, now
			state.BlockedUntil = now.Add(t.wait(state.Failures))
			c.after = append(c.after, state)
			if err := tx.UpdateThrottle(ctx, state); err != nil {
				return err
			}
		}
		return nil
	})
	return c, err
}

// uncount takes back what an attempt counted that was not tried. Where others
// counted meanwhile, theirs stay.
func (s *Service) uncount(ctx context.Context, throttles []throttle, c counted) error {
	return s.store.Tx(ctx, func(tx *store.Store) error {
		for i, t := range throttles {
			if err := tx.Exclusive(ctx, t.name); err != nil {
				return err
			}
			state, err := tx.FindThrottle(ctx, t.name)
			if err != nil {
				return err
			}
			if state.Failures == c.after[i].Failures && state.FailedAt.Equal(c.after[i].FailedAt) {
				state = c.before[i]
			} else {
				state.Failures--
			}
			if state.Failures <= 0 {
				err = tx.DeleteThrottle(ctx, t.name)
			} else {
				err = tx.UpdateThrottle(ctx, state)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// forgive takes back what a successful attempt counted: its account's failures
// are forgotten, and its network is as it was before.
func (s *Service) forgive(ctx context.Context, tx *store.Store, throttles []throttle) error {
	for _, t := range throttles {
		if err := tx.Exclusive(ctx, t.name); err != nil {
			return err
		}
	}
	for _, t := range throttles {
		state, err := tx.FindThrottle(ctx, t.name)
		if err != nil {
			return err
		}
		state.Failures, state.BlockedUntil = state.Failures-1, s.now()
		if t.forgives || state.Failures <= 0 {
			err = tx.DeleteThrottle(ctx, t.name)
		} else {
			err = tx.UpdateThrottle(ctx, state)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wait is the pause after so many failures.
func (t throttle) wait(failures int) time.Duration {
	over := failures - t.free
	if over <= 0 {
		return 0
	}
	return min(t.limit, time.Second<<min(over-1, 20))
}

// busy says in the console's words that too many passwords are being hashed.
func busy(err error) error {
	if errors.Is(err, password.ErrBusy) {
		return console.Limited("Many people are signing in right now.", 2*time.Second)
	}
	return err
}
