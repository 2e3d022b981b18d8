package service

import (
	"cmp"
	"context"
	"net/netip"

	"latchkey/internal/console"
)

// Authenticate returns the principal of a token string that is active now and
// presented, which for a personal token is its person, and unauthenticated for
// any other text. The zero address is an
// unknown one, which no IP filter lets pass.
func (s *Service) Authenticate(ctx context.Context, text string, from console.Presenter) (console.Principal, error) {
	found, err := s.look(ctx, text, from.Address)
	if err != nil {
		return console.Principal{}, err
	}
	s.noteUse(&found, found.Reason, from)
	if !found.Active {
		return console.Principal{}, errNoCaller()
	}
	if person := found.fact.Holder; person != nil {
		actor := console.Principal{Token: found.Token.GUID}.As(*person)
		return actor, nil
	}
	return console.Principal{}.AsToken(found.Token), nil
}

// Introspect says what a token string is worth that somebody presented from
// client, to a token that holds ScopeIntrospect: of tokens that it may not ask
// about, nothing. A token may not ask about itself: that would let one who found
// it learn whether it works (RFC 7662, section 4).
func (s *Service) Introspect(ctx context.Context, caller console.Principal, text string, client netip.Addr) (console.Introspection, error) {
	if err := caller.NeedAsking(); err != nil {
		return console.Introspection{}, err
	}
	found, err := s.look(ctx, text, client)
	if err != nil {
		return found.Introspection, err
	}
	if found.Reason != console.ReasonUnknown && found.Token.GUID == caller.GUID {
		return console.Introspection{}, console.Unauthenticated()
	}
	told, some := caller.AsksAbout(found.Token)
	if !some {
		s.noteAsked(found, console.Presenter{Address: client})
		if found.Active { // else it was done already
			err = s.asUnknown(ctx, found)
		}
		return unknown, err
	}
	s.noteUse(&found, found.Reason, console.Presenter{Address: client})
	found.Token = told
	return found.Introspection, nil
}

// Verify says what a token string is worth, to its holder who asks from client.
// To ask that is no use of the token.
func (s *Service) Verify(ctx context.Context, text string, client netip.Addr) (console.Introspection, error) {
	found, err := s.look(ctx, text, client)
	return found.Introspection, err
}

// VerifyFor says the same to actor, of a token string that somebody presented from
// client. A token that they may not see is not found, as if there were none.
func (s *Service) VerifyFor(ctx context.Context, actor console.Principal, text string, client netip.Addr) (console.Introspection, error) {
	if err := actor.NeedSomewhere(console.TokenRead); err != nil {
		return console.Introspection{}, err
	}
	found, err := s.look(ctx, text, client)
	if err != nil || found.Reason != console.ReasonUnknown && actor.MaySee(found.Token) {
		return found.Introspection, err
	}
	if found.Active { // else it was done already
		err = s.asUnknown(ctx, found)
	}
	return console.Introspection{}, cmp.Or(err, console.NotFound())
}

// unknown is what all is worth that we know nothing about.
var unknown = console.Introspection{Reason: console.ReasonUnknown}
