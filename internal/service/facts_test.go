package service_test

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/service"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// remember lets svc remember what it reads, from now on and until the test ends.
func (s *site) remember(svc *service.Service) {
	s.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		svc.FollowChanges(ctx, func(err error) {
			if console.CodeOf(err) != console.CodeUnavailable { // a busy machine is slow to answer
				s.t.Error(err)
			}
		})
	}()
	s.t.Cleanup(func() { stop(); <-done })
	for svc.Figures().FactsLag > time.Second {
		time.Sleep(time.Millisecond)
	}
}

// forgetful is a service on the same database that remembers nothing.
func (s *site) forgetful() *service.Service {
	s.t.Helper()
	svc, err := s.open(key(1))
	s.must(err)
	return svc
}

// sameWorth compares what two services say of all tokens.
func (s *site) sameWorth(name string, remembering, plain *service.Service, from netip.Addr) {
	s.t.Helper()
	for _, text := range s.made {
		got, err := remembering.Verify(s.t.Context(), text, from)
		s.must(err)
		want, err := plain.Verify(s.t.Context(), text, from)
		s.must(err)
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			s.t.Errorf("%s: the worth as stored, and as remembered: %s", name, diff)
		}
	}
}

// TestWhatCannotBeASecretReachesNoDatabase: one that is away is asked for what could be
// one, and for nothing else.
func TestWhatCannotBeASecretReachesNoDatabase(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *site) {
		text := console.NewSecret(console.NewGUID()).Reveal()
		changed := text[:len(text)-1] + map[bool]string{true: "1", false: "0"}[strings.HasSuffix(text, "0")]
		s.must(s.store.Close())
		if _, err := s.Verify(t.Context(), text, netip.Addr{}); console.CodeOf(err) != console.CodeUnavailable {
			t.Errorf("without a database, what could be a secret is answered with %v", err)
		}
		for _, other := range []string{changed, text[1:], "", "nonsense"} {
			if found, err := s.Verify(t.Context(), other, netip.Addr{}); err != nil || found.Reason != console.ReasonUnknown {
				t.Errorf("%d bytes that cannot be one are answered with %q, %v", len(other), found.Reason, err)
			}
		}
	})
}

// TestFactsStayTrue does everything that changes anything, and finds that what
// verification remembers is what it would read.
func TestFactsStayTrue(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		from, owner := netip.MustParseAddr("10.0.0.1"), s.as(console.RoleOwner)
		plain := s.forgetful()
		s.remember(s.Service)
		filter, err := s.CreateIPFilter(t.Context(), owner, console.NewIPFilter{Name: "branch", Text: "allow 10.0.0.0/8"})
		s.must(err)
		s.make("filtered", filtered(filter))
		s.make("owned", func(n *console.NewToken) { n.Owner = s.people[console.RoleAdministrator].GUID })
		changes := map[string]func() error{}
		for name, prepare := range everyPreparation() {
			if prepare != nil {
				changes[name] = prepare(s)
			}
		}
		others := map[string]func() error{}
		others["the filter of a token"] = func() error {
			_, err := s.UpdateIPFilter(t.Context(), owner, filter.GUID, filter.Version, console.NewIPFilter{Name: "branch", Text: "allow 192.0.2.0/24"}, false)
			return err
		}
		others["the name of a token's repository"] = func() error {
			_, err := s.UpdateRepository(t.Context(), owner, s.repo.GUID, 1, console.NewRepository{Name: "moved-logs", Kind: console.KindRepository})
			return err
		}
		others["the name of a token's owner"] = func() error {
			name := "Another Name"
			_, err := s.UpdateUser(t.Context(), owner, s.people[console.RoleAdministrator].GUID, 1, console.UserPatch{Name: &name})
			return err
		}
		for _, text := range s.made {
			_, err := s.Verify(t.Context(), text, from)
			s.must(err)
		}
		s.must(s.FlushUsage(t.Context(), false)) // a first use that ends another secret
		s.sameWorth("FlushUsage", s.Service, plain, from)
		before := s.Figures()
		for name, change := range changes {
			s.refused(name, change(), "")
			s.sameWorth(name, s.Service, plain, from)
		}
		for action, provoke := range provocations {
			provoke(s)
			s.sameWorth(string(action), s.Service, plain, from)
		}
		for name, change := range others {
			s.refused(name, change(), "")
			s.sameWorth(name, s.Service, plain, from)
		}
		if n := s.Figures(); n.FactsHits-before.FactsHits < n.FactsMisses-before.FactsMisses {
			t.Errorf("little was remembered: %+v after %+v", n, before)
		}
	})
}

// TestFactsOfAnotherProcess: what another process changes is seen in time.
func TestFactsOfAnotherProcess(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		other := s.forgetful() // its changes are not told here
		st := s.store
		s.store = storetest.Open(t, s.url)
		remembering := s.forgetful()
		s.store = st
		s.remember(remembering)
		for range 5 {
			token, text := s.make(s.fresher("token"))
			for range 3 {
				s.active(remembering, text)
			}
			_, err := other.RevokeToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, "")
			s.must(err)
			revoked := time.Now()
			for s.isActive(remembering, text) {
				time.Sleep(time.Millisecond)
			}
			if took := time.Since(revoked); took > time.Second {
				t.Errorf("a revocation by another process was seen after %s", took)
			}
		}
		if n := remembering.Figures(); n.FactsHits < 10 {
			t.Errorf("nothing was remembered: %+v", n)
		}
	})
}

// TestFactsWithoutADatabase: what is remembered is believed for less than a
// second after the database is away, and then nothing is said.
func TestFactsWithoutADatabase(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, text := s.make("token")
		_, ended := s.make("ended", to(s.clock.now().Add(time.Minute)))
		s.clock.forward(time.Hour)
		ctx, stop := context.WithCancel(t.Context())
		away, told := make(chan struct{}), false
		go s.FollowChanges(ctx, func(error) {
			if !told {
				close(away)
			}
			told = true
		})
		defer stop()
		for s.Figures().FactsLag > time.Second {
			time.Sleep(time.Millisecond)
		}
		s.active(s.Service, text)
		if s.isActive(s.Service, ended) {
			t.Error("what has ended is active")
		}
		s.must(s.store.Close())
		s.active(s.Service, text)
		for name, text := range map[string]string{"ended": ended, "unknown": console.NewSecret(console.NewGUID()).Reveal()} {
			if _, err := s.Verify(t.Context(), text, nowhere); console.CodeOf(err) != console.CodeUnavailable {
				t.Errorf("of what is %s it says something without a database: %v", name, err)
			}
		}
		<-away
		s.active(s.Service, text)
		s.clock.forward(899 * time.Millisecond)
		s.active(s.Service, text)
		s.clock.forward(time.Millisecond)
		if _, err := s.Verify(t.Context(), text, nowhere); console.CodeOf(err) != console.CodeUnavailable {
			t.Errorf("after %s without a database: %v", 900*time.Millisecond, err)
		}
	})
}

// TestEveryActionIsJudged: an action that is new makes verification forget all,
// until somebody says that it changes nothing.
func TestEveryActionIsJudged(t *testing.T) {
	if !console.Action("something.new").ChangesTokens() {
		t.Error("what is not known is taken for harmless")
	}
	for _, action := range []console.Action{console.IPFilterEdited, console.IPFilterDeleted, console.RepositoryEdited, console.RepositoryDeleted, console.UserEdited, console.UserDeleted, console.UserJoined, console.UserPasswordSet, console.TokensPurged} {
		if !action.ChangesTokens() {
			t.Errorf("%s is taken for harmless", action)
		}
	}
	if console.SignedIn.ChangesTokens() {
		t.Error("every sign-in makes verification forget all")
	}
}

func (s *site) isActive(svc *service.Service, text string) bool {
	s.t.Helper()
	found, err := svc.Verify(s.t.Context(), text, nowhere)
	s.must(err)
	return found.Active
}

func (s *site) active(svc *service.Service, text string) {
	s.t.Helper()
	if !s.isActive(svc, text) {
		s.t.Errorf("%s is not active", strings.SplitN(text, "~", 2)[0])
	}
}

// TestVerificationHasConnectionsOfItsOwn: it answers while all others are taken.
func TestVerificationHasConnectionsOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, text := s.make("token")
		held, release := make(chan struct{}, 100), make(chan struct{})
		var holding sync.WaitGroup
		for range 20 {
			holding.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				_ = s.store.Tx(ctx, func(*store.Store) error {
					held <- struct{}{}
					<-release
					return nil
				})
			})
		}
		<-held
		time.Sleep(100 * time.Millisecond) // until the others have theirs, or wait
		for range 10 {
			s.active(s.Service, text)
		}
		close(release)
		holding.Wait()
	})
}
