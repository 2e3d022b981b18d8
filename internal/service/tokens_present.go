package service

import (
	"context"
	"net/netip"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// nowhere is the address of who ends a token: from where does not matter.
var nowhere netip.Addr

// RevokePresented ends for good the token of a presented token string: who holds
// it may end it. It does so for by, or, if by is nobody, for the token itself, and
// reports whether there was anything to end: nothing is, for any text that opens
// nothing and never will.
func (s *Service) RevokePresented(ctx context.Context, by console.Principal, text, reason string) (ended bool, err error) {
	found, err := s.look(ctx, text, nowhere)
	if err != nil || found.Reason == console.ReasonUnknown || found.Token.Status(s.now()).Final() {
		return false, err
	}
	err = s.store.Tx(ctx, func(tx *store.Store) error {
		token, err := tx.LockToken(ctx, "", found.Token.GUID)
		if console.CodeOf(err) == console.CodeNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		now := s.now()
		secret, err := tx.FindSecret(ctx, found.id[:])
		if console.CodeOf(err) == console.CodeNotFound || err == nil && !secret.Secret.Live(now) {
			return nil
		}
		if err != nil || token.Status(now).Final() {
			return err
		}
		if !by.Known() {
			by = by.AsToken(token)
		}
		ended = true
		return s.revoke(ctx, tx, by, token, reason, now)
	})
	return ended && err == nil, err
}

// RevokeOwn is RFC 7009 for a token that shows who it is with a token string and
// names another text to end: its own token, by any of its secrets. One that
// belongs to somebody else is forbidden, and one that is over, or none, is no
// error. It may show itself again after it ended, so that it can repeat the
// request. It reports whether there was anything to end.
func (s *Service) RevokeOwn(ctx context.Context, from console.Principal, credential, text string) (ended bool, err error) {
	caller, err := s.look(ctx, credential, nowhere)
	if err != nil {
		return false, err
	}
	if caller.Reason == console.ReasonUnknown || caller.Reason.Worthless() && credential != text {
		return false, console.Unauthenticated()
	}
	found, err := s.look(ctx, text, nowhere)
	if err != nil || found.Reason == console.ReasonUnknown || found.Token.Status(s.now()).Final() {
		return false, err
	}
	if found.Token.GUID != caller.Token.GUID {
		return false, console.Forbidden("A token ends itself only.")
	}
	return s.RevokePresented(ctx, from, text, "")
}
