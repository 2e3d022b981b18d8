package service

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// admissionTries is how often somebody is admitted anew whose account was
// changed or made by another at the same moment.
const admissionTries = 3

// FinishSignIn signs in whoever comes back from a provider. The flow says where
// they wanted to go, also if they are refused, which is recorded.
func (s *Service) FinishSignIn(ctx context.Context, from console.Principal, back console.SignInReturn) (console.User, console.SignInFlow, error) {
	provider, err := s.provider(back.Provider)
	if err != nil {
		return console.User{}, console.SignInFlow{}, err
	}
	flow, id, ok := s.openFlow(back)
	if !ok {
		return console.User{}, flow, s.refuseReturn(ctx, from, provider.Settings())
	}
	throttles := providerThrottles(from.Address)
	if counted, err := s.countAttempt(ctx, throttles); err != nil {
		if counted.blockedBy != nil {
			waits := s.refusedAt(from, provider.Settings(), console.Assertion{}, console.User{}, "")
			from.Kind, from.Name = waits.ActorKind, waits.Actor.Name
			err = cmp.Or(s.recordThrottled(ctx, from, waits.Target, *counted.blockedBy), err)
		}
		return console.User{}, flow, err
	}
	first, err := s.store.InsertSignInFlow(ctx, hashCode(id), flow.StartedAt.Add(flowLifetime))
	if err != nil || !first {
		return console.User{}, flow, cmp.Or(err, s.refuseReturn(ctx, from, provider.Settings()))
	}
	said, err := s.hear(ctx, provider, flow, back)
	if err != nil {
		if e, ok := errors.AsType[*console.Error](err); ok && e.Code == console.CodeUnauthenticated {
			err = cmp.Or(s.record(ctx, s.store, s.refusedAt(from, provider.Settings(), said, console.User{}, causeOf(e))), err)
		}
		return console.User{}, flow, err
	}
	var user console.User
	for range admissionTries {
		user, err = s.admit(ctx, from, provider.Settings(), said, throttles)
		if console.CodeOf(err) != console.CodeConflict {
			break
		}
	}
	return user, flow, err
}

// refuseReturn refuses whoever comes back from a provider on no way that leads
// on. As anybody can do that, and have browsers of others do it, it counts
// against nobody, and is recorded once a minute for each network.
func (s *Service) refuseReturn(ctx context.Context, from console.Principal, p console.Provider) error {
	event := s.refusedAt(from, p, console.Assertion{}, console.User{}, "the sign-in took too long, was used before or did not begin in this browser")
	if err := s.recordOnce(ctx, "return from "+strconv.Quote(p.ID)+" at "+console.Network(from.Address), event); err != nil {
		return err
	}
	return &console.Error{Code: console.CodeUnauthenticated, Message: "That sign-in took longer than 10 minutes, was used before, or began in another browser. Start again."}
}

// providerThrottles are what a return from a provider counts under. There is
// no password to guess, but each is an entry of the audit log.
func providerThrottles(address string) []throttle {
	return []throttle{{name: "sign-in at a provider from " + console.Network(address), of: "at a provider from " + console.Network(address), free: 50, limit: time.Minute}}
}

// hear returns what the provider says of whoever came back.
func (s *Service) hear(ctx context.Context, provider Provider, flow console.SignInFlow, back console.SignInReturn) (console.Assertion, error) {
	p := provider.Settings()
	refused := func(sentence, reason string) error {
		return &console.Error{Code: console.CodeUnauthenticated, Message: sentence, Cause: errors.New(reason)}
	}
	switch {
	case back.Issuer != "" && back.Issuer != p.Issuer: // RFC 9207
		return console.Assertion{}, refused("The answer of "+p.Label+" can’t be trusted. Start signing in again.", "the answer is from another issuer")
	case back.Problem != "":
		sentence, reason := problemWords(p.Label, back.Problem)
		return console.Assertion{}, refused(sentence, reason)
	case back.Code == "":
		return console.Assertion{}, refused("The answer of "+p.Label+" is not complete. Start signing in again.", "the answer has no code")
	}
	return provider.Redeem(ctx, flow, back.Code)
}

// problemWords says what the provider's word for a problem means, to whoever
// wanted to sign in and to the record. What is said beside it is not repeated:
// anybody can write that.
func problemWords(label, problem string) (sentence, reason string) {
	switch problem {
	case "access_denied":
		return label + " did not let you in, or you declined there.", "the provider said access_denied"
	case "login_required", "interaction_required", "account_selection_required", "consent_required":
		return label + " needs you to sign in there first. Try again.", "the provider said " + problem
	case "temporarily_unavailable", "server_error":
		return label + " has a problem right now. Try again in a moment.", "the provider said " + problem
	case "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope":
		return label + " refused the request. Ask an owner to check how this console is registered there.", "the provider said " + problem
	}
	return label + " could not sign you in.", "the provider gave an error"
}

// refusedAt is the record of a refused sign-in at a provider.
func (s *Service) refusedAt(from console.Principal, p console.Provider, said console.Assertion, user console.User, reason string) console.AuditEvent {
	name := cmp.Or(user.Email, said.Called(), "Somebody at "+p.Label)
	from.Kind, from.Name = console.PrincipalUser, name
	event := from.Did(console.SignInRefused, console.Target{Kind: console.TargetUser, GUID: user.GUID, Name: name}, s.now())
	event.Reason = p.Label + ": " + reason + "."
	return event
}

func causeOf(e *console.Error) string {
	if e.Cause == nil {
		return "refused"
	}
	return e.Cause.Error()
}

// admit lets somebody in whom a provider has told us of, as their groups say,
// or records why not.
func (s *Service) admit(ctx context.Context, from console.Principal, p console.Provider, said console.Assertion, throttles []throttle) (console.User, error) {
	a := admission{s: s, provider: p, said: said, by: from}
	a.by.Kind, a.by.Name = console.PrincipalSystem, p.Label
	var refused *console.Error
	err := s.store.Tx(ctx, func(tx *store.Store) (err error) {
		a.tx, a.events = tx, nil
		// What the groups say may change who is an owner.
		if err := tx.Exclusive(ctx, "people"); err != nil {
			return err
		}
		if err := tx.Exclusive(ctx, "identity "+said.Issuer+" "+said.Subject); err != nil {
			return err
		}
		if refused, err = a.decide(ctx); err != nil {
			return err
		}
		if refused != nil {
			a.events = append(a.events, s.refusedAt(from, p, said, a.user, causeOf(refused)))
		} else {
			if err := s.forgive(ctx, tx, throttles); err != nil {
				return err
			}
			if a.user.SecondFactor, err = tx.HasFactor(ctx, a.user.GUID); err != nil {
				return err
			}
			if !a.user.SecondFactor { // else CompleteSignIn tells
				signedIn := from.As(a.user).Did(console.SignedIn, a.user.AsTarget(), s.now())
				signedIn.Reason = "With " + p.Label + "."
				a.events = append(a.events, signedIn)
			}
		}
		for _, event := range a.events { // last, for they make others wait
			if err := s.record(ctx, tx, event); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || refused != nil {
		if err == nil {
			err = refused
		}
		return console.User{}, err
	}
	return a.user, nil
}
