package service

import (
	"context"
	"net/netip"
	"slices"

	"latchkey/internal/console"
)

// Authenticate returns the principal of a token string that is active now and
// presented from client, and unauthenticated for any other text. The zero
// address is an unknown one, which no IP filter lets pass.
func (s *Service) Authenticate(ctx context.Context, text string, client netip.Addr) (console.Principal, error) {
	found, err := s.inspect(ctx, text, client)
	if err != nil {
		return console.Principal{}, err
	}
	if !found.Active {
		return console.Principal{}, &console.Error{Code: console.CodeUnauthenticated, Message: "The supplied authentication is invalid"}
	}
	return console.Principal{
		Kind: console.PrincipalToken, GUID: found.Token.GUID, Name: found.Token.Name, Scopes: found.Token.Scopes,
	}, nil
}

// Introspect says what a token string is worth that somebody presented from
// client, to a token that holds ScopeIntrospect. A token may not ask about itself: that would let one who
// found it learn whether it works (RFC 7662, section 4).
func (s *Service) Introspect(ctx context.Context, caller console.Principal, text string, client netip.Addr) (console.Introspection, error) {
	if caller.Kind != console.PrincipalToken {
		return console.Introspection{}, console.Unauthenticated()
	}
	if !slices.Contains(caller.Scopes, console.ScopeIntrospect) {
		return console.Introspection{}, console.Forbidden("This takes a token with the scope " + console.ScopeIntrospect + ".")
	}
	found, err := s.inspect(ctx, text, client)
	if err == nil && found.Token.GUID == caller.GUID {
		return console.Introspection{}, console.Unauthenticated()
	}
	return found, err
}

// Verify says what a token string is worth, to its holder who asks from client.
func (s *Service) Verify(ctx context.Context, text string, client netip.Addr) (console.Introspection, error) {
	return s.inspect(ctx, text, client)
}

// inspect looks up a token string. What cannot be one never reaches the database.
func (s *Service) inspect(ctx context.Context, text string, client netip.Addr) (console.Introspection, error) {
	unknown := console.Introspection{Reason: console.ReasonUnknown}
	guid, secret, ok := console.ParseSecret(text)
	if !ok {
		return unknown, nil
	}
	now := s.now()
	token, filter, err := s.store.FindSecret(ctx, s.keys.hashSecret(secret).Hash, now)
	switch {
	case console.CodeOf(err) == console.CodeNotFound:
		return unknown, nil
	case err != nil:
		return console.Introspection{}, err
	case token.GUID != guid:
		return unknown, nil
	}
	worth := token.Introspect(now)
	if filter.GUID == "" || !worth.Active {
		return worth, nil
	}
	return worth.From(s.ipRules.judge(filter, client)), nil
}
