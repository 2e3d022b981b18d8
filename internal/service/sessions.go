package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// seenPrecision is how exactly a session's last request is known, so that
// reading pages does not write.
const seenPrecision = time.Minute

// StartSession keeps a session for the hash of its id, and returns it with its
// GUID. It says when its person proved who they are, if they did. It is
// unauthenticated when what they signed in with was ended since it was checked.
func (s *Service) StartSession(ctx context.Context, session console.Session) (console.Session, error) {
	session.GUID, session.CreatedAt = console.NewGUID(), s.now()
	session.SeenAt = session.CreatedAt
	return session, s.store.Tx(ctx, func(tx *store.Store) error {
		if err := stillGood(ctx, tx, session.User); err != nil {
			return err
		}
		return tx.InsertSession(ctx, session)
	})
}

// stillGood returns unauthenticated for a sign-in of user that was checked before
// all of theirs were ended, and keeps it so until the transaction is over.
func stillGood(ctx context.Context, tx *store.Store, user console.User) error {
	now, err := tx.KeepUser(ctx, user.GUID)
	if console.CodeOf(err) == console.CodeNotFound || err == nil && (!now.Enabled() || now.Epoch != user.Epoch) {
		return console.Unauthenticated()
	}
	return err
}

// FindSession returns the session that lives under hash, and notes that it was
// seen. One that is over, or whose person was disabled, is not_found.
func (s *Service) FindSession(ctx context.Context, hash string) (console.Session, error) {
	session, err := s.store.FindSession(ctx, hash)
	if err != nil {
		return console.Session{}, err
	}
	now := s.now()
	if !s.Settings(ctx).Sessions.Lives(session, now) || !session.User.DisabledAt.IsZero() {
		return console.Session{}, console.NotFound()
	}
	if now.Sub(session.SeenAt) >= seenPrecision {
		err := s.store.TouchSession(ctx, hash, now)
		if err != nil && console.CodeOf(err) != console.CodeUnavailable {
			return console.Session{}, err
		}
	}
	return session, nil
}

// SaveNotices keeps what the session's next page has to say.
func (s *Service) SaveNotices(ctx context.Context, hash string, notices []console.Notice) error {
	return s.store.UpdateNotices(ctx, hash, notices)
}

// EndSession signs out. Ending a session twice is not an error.
func (s *Service) EndSession(ctx context.Context, actor console.Principal, hash string) error {
	return s.store.Tx(ctx, func(tx *store.Store) error {
		ended, err := tx.DeleteSession(ctx, hash)
		if err != nil || !ended {
			return err
		}
		target := console.Target{Kind: console.TargetUser, GUID: actor.GUID, Name: actor.Name}
		return s.record(ctx, tx, actor.Did(console.SignedOut, target, s.now()))
	})
}

// ListSessions returns the sessions of a person that live, those seen last
// first: to themselves, and to who reads about people.
func (s *Service) ListSessions(ctx context.Context, actor console.Principal, user console.GUID) (console.User, []console.Session, error) {
	if !isOwn(actor, user) {
		if err := cmp.Or(actor.Need(console.UserRead), written(user)); err != nil {
			return console.User{}, nil, err
		}
	}
	person, err := s.store.FindUser(ctx, user)
	if err != nil {
		return person, nil, err
	}
	sessions, err := s.livingSessions(ctx, s.store, user)
	return person, sessions, err
}

func (s *Service) livingSessions(ctx context.Context, tx *store.Store, user console.GUID) ([]console.Session, error) {
	sessions, err := tx.ListSessions(ctx, user)
	now, limits := s.now(), s.Settings(ctx).Sessions
	return slices.DeleteFunc(sessions, func(session console.Session) bool { return !limits.Lives(session, now) }), err
}

// RevokeSession ends a session of a person from another one: their own, or
// anybody's for who may change what people have. Bulk changes that the person
// started stop: it may have been from there.
func (s *Service) RevokeSession(ctx context.Context, actor console.Principal, user, guid console.GUID) error {
	return s.changeSessions(ctx, actor, user, func(tx *store.Store, actor console.Principal, person console.User, sessions []console.Session) error {
		i := slices.IndexFunc(sessions, func(session console.Session) bool { return session.GUID == guid && guid != "" })
		if i < 0 {
			return console.NotFound()
		}
		ended, err := tx.DeleteSession(ctx, sessions[i].Hash)
		if err != nil || !ended {
			return err
		}
		if err := tx.BeginEpoch(ctx, user); err != nil {
			return err
		}
		event := actor.Did(console.SessionRevoked, person.AsTarget(), s.now())
		event.Changes = []console.Change{{Field: "session", Old: console.AgentName(sessions[i].Agent) + ", " + sessions[i].Address}}
		return s.record(ctx, tx, event)
	})
}

// RevokeSessions ends all sessions of a person but the one with the hash
// except, if any, and answers how many they were. Bulk changes that the person
// started stop, too.
func (s *Service) RevokeSessions(ctx context.Context, actor console.Principal, user console.GUID, except string) (int, error) {
	ended := 0
	err := s.changeSessions(ctx, actor, user, func(tx *store.Store, actor console.Principal, person console.User, sessions []console.Session) error {
		ended = len(slices.DeleteFunc(sessions, func(session console.Session) bool { return session.Hash == except }))
		if err := tx.EndSignIns(ctx, user, except); err != nil || ended == 0 {
			return err
		}
		event := actor.Did(console.SessionRevoked, person.AsTarget(), s.now())
		event.Changes = []console.Change{{Field: "session", Old: console.Count(ended, "session")}}
		return s.record(ctx, tx, event)
	})
	return ended, err
}

func isOwn(actor console.Principal, user console.GUID) bool {
	return actor.Kind == console.PrincipalUser && actor.GUID == user
}

// changeSessions runs do in a transaction over a person's sessions. Their own
// everybody may end without further ado.
func (s *Service) changeSessions(ctx context.Context, actor console.Principal, user console.GUID,
	do func(tx *store.Store, actor console.Principal, person console.User, sessions []console.Session) error,
) error {
	change := func(tx *store.Store, actor console.Principal) error {
		person, err := tx.FindUser(ctx, user)
		if err != nil {
			return err
		}
		sessions, err := s.livingSessions(ctx, tx, user)
		if err != nil {
			return err
		}
		return do(tx, actor, person, sessions)
	}
	if !isOwn(actor, user) {
		if err := cmp.Or(s.RecordDenial(ctx, actor, actor.Need(console.AccessWrite), console.Target{Kind: console.TargetUser, GUID: user}), written(user)); err != nil {
			return err
		}
		return s.changePeople(ctx, actor, console.AccessWrite, change)
	}
	return s.lockOwn(ctx, actor, change)
}
