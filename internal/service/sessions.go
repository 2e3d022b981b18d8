package service

import (
	"context"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// seenPrecision is how exactly a session's last request is known, so that
// reading pages does not write.
const seenPrecision = time.Minute

// StartSession keeps a session for the hash of its id.
func (s *Service) StartSession(ctx context.Context, session console.Session) error {
	session.CreatedAt = s.now()
	session.SeenAt = session.CreatedAt
	return s.store.InsertSession(ctx, session)
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
