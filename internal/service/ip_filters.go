package service

import (
	"cmp"
	"context"
	"net/netip"
	"strings"
	"sync"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// ListIPFilters returns the IP filters by name, at most 1,000, with how many
// tokens use each.
func (s *Service) ListIPFilters(ctx context.Context, actor console.Principal) ([]console.IPFilterSummary, error) {
	if err := actor.Need(console.IPFilterRead); err != nil {
		return nil, err
	}
	return s.store.ListIPFilters(ctx, nameLimit)
}

// ListRepositoryIPFilters returns the IP filters that tokens of a repository
// use which actor may see, with how many of these use each.
func (s *Service) ListRepositoryIPFilters(ctx context.Context, actor console.Principal, repo console.GUID) ([]console.IPFilterSummary, error) {
	if err := cmp.Or(actor.NeedIn(console.TokenRead, repo), written(repo)); err != nil {
		return nil, err
	}
	return s.store.ListIPFiltersOf(ctx, repo, actor.Sees(), nameLimit)
}

// IPFilterNames returns the IP filters that actor may choose for a token, by
// name: at most 1,000.
func (s *Service) IPFilterNames(ctx context.Context, actor console.Principal) ([]console.IPFilterRef, error) {
	if !actor.May(console.IPFilterRead) && !actor.MaySomewhere(console.TokenWrite) {
		return nil, known(actor)
	}
	return atGlance(ctx, s, "IP filters", func() ([]console.IPFilterRef, error) { return s.store.ListIPFilterNames(ctx, nameLimit) })
}

// GetIPFilter returns an IP filter with how many tokens use it.
func (s *Service) GetIPFilter(ctx context.Context, actor console.Principal, guid console.GUID) (console.IPFilterSummary, error) {
	if err := cmp.Or(actor.Need(console.IPFilterRead), written(guid)); err != nil {
		return console.IPFilterSummary{}, err
	}
	return s.summary(ctx)(s.store.FindIPFilter(ctx, guid))
}

// GetIPFilterNamed is GetIPFilter by its name, in any case.
func (s *Service) GetIPFilterNamed(ctx context.Context, actor console.Principal, name string) (console.IPFilterSummary, error) {
	if err := actor.Need(console.IPFilterRead); err != nil {
		return console.IPFilterSummary{}, err
	}
	if !console.PlainLine(name) {
		return console.IPFilterSummary{}, console.NotFound()
	}
	return s.summary(ctx)(s.store.FindIPFilterByName(ctx, console.Clean(name)))
}

// summary adds to a filter that was found how many tokens use it.
func (s *Service) summary(ctx context.Context) func(console.IPFilter, error) (console.IPFilterSummary, error) {
	return func(filter console.IPFilter, err error) (console.IPFilterSummary, error) {
		if err != nil {
			return console.IPFilterSummary{}, err
		}
		tokens, err := s.store.CountIPFilterUse(ctx, filter.GUID)
		return console.IPFilterSummary{IPFilter: filter, Tokens: tokens}, err
	}
}

// GetTokenIPFilter returns the IP filter of a token that actor may see; its
// zero value if the token has none.
func (s *Service) GetTokenIPFilter(ctx context.Context, actor console.Principal, repo, guid console.GUID) (console.IPFilter, error) {
	token, err := s.GetToken(ctx, actor, repo, guid)
	if err != nil || token.IPFilter.GUID == "" {
		return console.IPFilter{}, err
	}
	return s.store.FindIPFilter(ctx, token.IPFilter.GUID)
}

// CreateIPFilter makes an IP filter.
func (s *Service) CreateIPFilter(ctx context.Context, actor console.Principal, n console.NewIPFilter) (console.IPFilter, error) {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.IPFilterWrite), console.Target{Kind: console.TargetIPFilter}); err != nil {
		return console.IPFilter{}, err
	}
	n, now := n.Clean(), s.now()
	if err := n.Validate(); err != nil {
		return console.IPFilter{}, err
	}
	filter := console.IPFilter{GUID: console.NewGUID(), Name: n.Name, Text: n.Text, CreatedAt: now, UpdatedAt: now, Version: 1}
	err := s.change(ctx, actor, console.IPFilterWrite, func(tx *store.Store, actor console.Principal) error {
		if err := tx.InsertIPFilter(ctx, filter); err != nil {
			return err
		}
		return s.recordIPFilter(ctx, tx, actor, console.IPFilterCreated, console.IPFilter{}, filter)
	})
	return filter, err
}

// CountCutOff returns how many active tokens open nothing any more if the IP
// filter gets the text: all that use it, where it lets somebody pass now and
// nobody then.
func (s *Service) CountCutOff(ctx context.Context, actor console.Principal, filter console.IPFilter, text string) (int, error) {
	if err := cmp.Or(actor.Need(console.IPFilterRead), written(filter.GUID)); err != nil || !filter.LocksOut(text) {
		return 0, err
	}
	return s.store.CountActiveIPFilterUse(ctx, filter.GUID, s.now())
}

// UpdateIPFilter changes an IP filter that is still at version. All tokens that
// use it go by its new rules from then on. Rules that cut off active tokens have
// to be confirmed.
func (s *Service) UpdateIPFilter(ctx context.Context, actor console.Principal, guid console.GUID, version int, n console.NewIPFilter, confirmed bool) (console.IPFilter, error) {
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.Need(console.IPFilterWrite), console.Target{Kind: console.TargetIPFilter, GUID: guid}), written(guid)); err != nil {
		return console.IPFilter{}, err
	}
	n = n.Clean()
	var filter console.IPFilter
	err := s.change(ctx, actor, console.IPFilterWrite, func(tx *store.Store, actor console.Principal) error {
		before, err := tx.LockIPFilter(ctx, guid)
		if err != nil {
			return err
		}
		if before.Version != version {
			return console.Stale(before.AsTarget())
		}
		if err := n.Validate(); err != nil {
			return err
		}
		filter = before
		filter.Name, filter.Text = n.Name, n.Text
		if len(console.Changes(before.Fields(), filter.Fields())) == 0 {
			return nil
		}
		if before.LocksOut(n.Text) && !confirmed {
			active, err := tx.CountActiveIPFilterUse(ctx, guid, s.now())
			problems := console.Problems{}
			problems.Check(active == 0, "confirm", cutOff(active))
			if err = cmp.Or(err, problems.Err()); err != nil {
				return err
			}
		}
		filter.UpdatedAt, filter.Version = s.now(), version+1
		if err := tx.UpdateIPFilter(ctx, filter, version, filter.UpdatedAt); err != nil {
			return err
		}
		return s.recordIPFilter(ctx, tx, actor, console.IPFilterEdited, before, filter)
	})
	return filter, err
}

func cutOff(n int) string {
	if n == 1 {
		return "Confirm that 1 active token opens nothing any more."
	}
	return "Confirm that " + console.Count(n, "active token") + " open nothing any more."
}

// DeleteIPFilter removes an IP filter. It is refused while a token uses it,
// also one that ended: its rules are part of what is known of the token.
func (s *Service) DeleteIPFilter(ctx context.Context, actor console.Principal, guid console.GUID) (console.IPFilter, error) {
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.Need(console.IPFilterWrite), console.Target{Kind: console.TargetIPFilter, GUID: guid}), written(guid)); err != nil {
		return console.IPFilter{}, err
	}
	var filter console.IPFilter
	err := s.change(ctx, actor, console.IPFilterWrite, func(tx *store.Store, actor console.Principal) (err error) {
		if filter, err = tx.LockIPFilter(ctx, guid); err != nil {
			return err
		}
		tokens, err := tx.CountIPFilterUse(ctx, guid)
		if err != nil {
			return err
		}
		if tokens > 0 {
			return console.Conflict("", filter.Name+" is used by "+console.Count(tokens, "token")+". Give these another IP filter, or none, first.")
		}
		policies, err := tx.ListPolicies(ctx)
		if err != nil {
			return err
		}
		for _, policy := range policies.All() {
			if policy.IPFilter.GUID == guid {
				return console.Conflict("", "The policy for "+strings.ToLower(policy.Type.Label())+" tokens asks for "+filter.Name+". Change it first.")
			}
		}
		if err := tx.DeleteIPFilter(ctx, guid); err != nil {
			return err
		}
		return s.recordIPFilter(ctx, tx, actor, console.IPFilterDeleted, filter, console.IPFilter{})
	})
	return filter, err
}

func (s *Service) recordIPFilter(ctx context.Context, tx *store.Store, actor console.Principal, action console.Action, before, after console.IPFilter) error {
	target := after
	if action == console.IPFilterDeleted {
		target = before
	}
	event := actor.Did(action, target.AsTarget(), s.now())
	event.Changes = console.Changes(before.Fields(), after.Fields())
	return s.record(ctx, tx, event)
}

// keepIPFilter finds the IP filter that a token shall use and holds it until
// the transaction ends.
func keepIPFilter(ctx context.Context, tx *store.Store, guid console.GUID) (console.IPFilterRef, error) {
	if guid == "" {
		return console.IPFilterRef{}, nil
	}
	filter, err := tx.KeepIPFilter(ctx, guid)
	if err != nil && console.CodeOf(err) != console.CodeNotFound {
		return console.IPFilterRef{}, err
	}
	p := console.Problems{}
	p.Check(err == nil, "ip_filter", "There is no such IP filter.")
	return filter.Ref(), p.Err()
}

// readRules are the rules of filters, read once for each text. They are facts:
// an address is judged with every question.
type readRules struct {
	mu    sync.RWMutex
	rules map[console.GUID]readRule
}

type readRule struct {
	text  string
	rules *console.IPRules
}

// rulesKept is how many filters' rules are kept.
const rulesKept = 1000

// same returns a filter's text as it is kept here, if it is: tokens of one filter
// then share it.
func (r *readRules) same(filter console.IPFilter) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if kept := r.rules[filter.GUID].text; kept == filter.Text {
		return kept
	}
	return filter.Text
}

// judge says whether the filter lets the address pass.
func (r *readRules) judge(filter console.IPFilter, client netip.Addr) console.IPVerdict {
	r.mu.RLock()
	kept, ok := r.rules[filter.GUID]
	r.mu.RUnlock()
	if !ok || kept.text != filter.Text {
		kept = readRule{text: filter.Text, rules: filter.Rules()}
		r.mu.Lock()
		if r.rules == nil || len(r.rules) >= rulesKept {
			r.rules = map[console.GUID]readRule{}
		}
		r.rules[filter.GUID] = kept
		r.mu.Unlock()
	}
	return kept.rules.Judge(client)
}
