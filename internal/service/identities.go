package service

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// ListProviders reports on the providers at which people may sign in.
func (s *Service) ListProviders(ctx context.Context, actor console.Principal) ([]console.ProviderReport, error) {
	if err := actor.Need(console.UserRead); err != nil {
		return nil, err
	}
	catalogue, err := s.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	reports := make([]console.ProviderReport, len(s.providers))
	var asked sync.WaitGroup
	for i, p := range s.providers {
		reports[i].Provider = p.Settings()
		if reports[i].Missing, err = s.missing(ctx, reports[i].Provider.Mapping, catalogue); err != nil {
			return nil, err
		}
	}
	for i, p := range s.providers {
		asked.Go(func() {
			if err := p.Check(ctx); err != nil {
				reports[i].Problem = console.Sentence(err)
				if e, ok := errors.AsType[*console.Error](err); ok && e.Cause != nil {
					reports[i].Problem = e.Cause.Error()
				}
			}
		})
	}
	asked.Wait()
	return reports, nil
}

// missing are the repositories and scopes of a mapping that do not exist.
func (s *Service) missing(ctx context.Context, m console.Mapping, catalogue console.Catalogue) ([]string, error) {
	var missing []string
	named := m.Named()
	for _, name := range slices.Sorted(maps.Keys(named.Repositories)) {
		switch _, err := s.store.FindRepositoryByName(ctx, name); console.CodeOf(err) {
		case "":
		case console.CodeNotFound:
			missing = append(missing, name)
		default:
			return nil, err
		}
	}
	for _, scope := range named.Scopes {
		if _, exists := catalogue.Find(scope); !exists {
			missing = append(missing, scope)
		}
	}
	return missing, nil
}

// ListIdentities returns somebody, and who they are at providers: to
// themselves and to who may see people.
func (s *Service) ListIdentities(ctx context.Context, actor console.Principal, user console.GUID) (console.User, []console.Identity, error) {
	if err := cmp.Or(needOwn(actor, console.UserRead, user), written(user)); err != nil {
		return console.User{}, nil, err
	}
	whose, err := s.store.FindUser(ctx, user)
	if err != nil {
		return console.User{}, nil, err
	}
	identities, err := s.store.ListIdentities(ctx, user)
	return whose, identities, err
}

// needOwn returns nil if actor is user, or has perm.
func needOwn(actor console.Principal, perm console.Permission, user console.GUID) error {
	if actor.Kind == console.PrincipalUser && actor.GUID == user {
		return nil
	}
	return actor.Need(perm)
}

// DeleteIdentity ends the tie between somebody and who they are at a provider,
// by the identity's ID. Nobody locks themselves out: the last way in of one's
// own stays.
func (s *Service) DeleteIdentity(ctx context.Context, actor console.Principal, user console.GUID, id string) (console.Identity, error) {
	var gone console.Identity
	if err := cmp.Or(s.RecordDenial(ctx, actor, needOwn(actor, console.UserWrite, user), console.Target{Kind: console.TargetUser, GUID: user}), written(user)); err != nil {
		return gone, err
	}
	may := func(actor console.Principal) error { return needOwn(actor, console.UserWrite, user) }
	return gone, s.changeIf(ctx, actor, may, func(tx *store.Store, actor console.Principal) error {
		if err := tx.Exclusive(ctx, "identities of "+string(user)); err != nil {
			return err
		}
		whose, err := tx.FindUser(ctx, user)
		if err != nil {
			return err
		}
		identities, err := tx.ListIdentities(ctx, user)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(identities, func(i console.Identity) bool { return i.ID() == id })
		if i < 0 {
			return console.NotFound()
		}
		gone = identities[i]
		if actor.GUID == user && len(identities) == 1 {
			if _, hash, err := tx.FindSignIn(ctx, whose.Email); err != nil || hash == "" {
				return cmp.Or(err, console.Conflict("", "This is your only way in. An owner can unlink it."))
			}
		}
		if err := tx.DeleteIdentity(ctx, gone); err != nil {
			return err
		}
		event := actor.Did(console.IdentityUnlinked, whose.AsTarget(), s.now())
		event.Changes = []console.Change{{Field: "provider", Old: s.providerLabel(gone.Issuer)}}
		return s.record(ctx, tx, event)
	})
}

// providerLabel is what people call the provider of an issuer; the issuer
// itself if it is configured no more.
func (s *Service) providerLabel(issuer string) string {
	for _, p := range s.SignInProviders() {
		if p.Issuer == issuer {
			return p.Label
		}
	}
	return issuer
}
