package store_test

import (
	"cmp"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// A listModel holds a list of tokens against the same list made in plain Go.
type listModel struct {
	random       *rand.Rand
	users        []console.PersonRef
	repositories []console.RepositoryRef
	tokens       []console.Token
}

var (
	modelWords  = []string{"grafana", "Éclair", "STRASSE", "straße", "日本語", "ci", "deploy", "100%", "a_b", `back\slash`, `"quoted"`, "ПРИВЕТ", "x"}
	modelLeaver = "User 2"
	modelScopes = []string{"ReadAccess", "ChangeFiles", "DeleteEvents", "ChangeDashboards"}
	// modelOffsets are where dates fall around now: on each boundary and beside it.
	modelOffsets = []time.Duration{
		-400 * 24 * time.Hour, -time.Hour, -console.RetentionWindow - time.Millisecond, -console.RetentionWindow,
		-console.RetentionWindow + time.Millisecond, -time.Millisecond, 0, time.Millisecond, time.Hour,
		console.NoticeWindow - time.Millisecond, console.NoticeWindow, console.NoticeWindow + time.Millisecond, 400 * 24 * time.Hour,
	}
)

func TestListsAgreeWithTheModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		seed := time.Now().UnixNano()
		t.Logf("seed %d", seed)
		m := &listModel{random: rand.New(rand.NewSource(seed))}
		m.fill(t, st, 400)
		for range 40 {
			m.check(t, st, m.filter(), m.sort(), 7+m.random.Intn(40))
		}
		m.settle(t, st)
		for range 40 {
			m.check(t, st, m.filter(), m.sort(), 7+m.random.Intn(40))
			sort := console.TokenSort{Key: pick(m, []console.TokenSortKey{console.SortName, console.SortExpires}), Descending: m.chance(50)}
			m.slice(t, st, m.filter(), sort, 7+m.random.Intn(40))
		}
		for _, status := range console.StatusFilters {
			for _, key := range console.TokenSortKeys {
				for _, descending := range []bool{false, true} {
					m.check(t, st, console.TokenFilter{Status: status}, console.TokenSort{Key: key, Descending: descending}, 50)
				}
			}
		}
	})
}

// TestWalksThatBreakOffLeaveNothingOut: whether a walk is short or long, and asks by
// sets or not, each page is the same.
func TestWalksThatBreakOffLeaveNothingOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		seed := time.Now().UnixNano()
		t.Logf("seed %d", seed)
		m := &listModel{random: rand.New(rand.NewSource(seed))}
		m.fill(t, st, 300)
		brokeOff, whole := 0, 0
		for range 150 {
			f, sort := m.filter(), m.sort()
			if !st.HasParts(f, noon) {
				continue
			}
			for request := (console.PageRequest{Size: 5 + m.random.Intn(20), Last: m.chance(20)}); ; {
				want, err := st.ListTokens(t.Context(), f, sort, request, console.Uncounted, &store.Names{}, noon)
				if err != nil {
					t.Fatal(err)
				}
				got, broke, err := st.ListWalked(t.Context(), f, sort, request, 1+m.random.Intn(200), noon)
				if err != nil {
					t.Fatal(err)
				}
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Fatalf("%+v by %+v, %+v: (-listed +walked)\n%s", f, sort, request, diff)
				}
				if broke {
					brokeOff++
				} else {
					whole++
				}
				if request.Last || want.Next == "" {
					break
				}
				request.Cursor = want.Next
			}
		}
		if brokeOff < 20 || whole < 20 {
			t.Errorf("%d walks broke off and %d did not", brokeOff, whole)
		}
	})
}

// TestPostgreSQLWalksWithAHashTable of the ids of one token in twenty, and reads rows
// only for the page.
func TestPostgreSQLWalksWithAHashTable(t *testing.T) {
	st := storetest.Open(t, storetest.Postgres(t))
	m := &listModel{random: rand.New(rand.NewSource(1)), users: []console.PersonRef{{Name: "demo"}}}
	if err := st.InsertKey(t.Context(), "key", noon); err != nil {
		t.Fatal(err)
	}
	err := st.LoadTokens(t.Context(), func(yield func(console.Token, store.SecretHash) bool) {
		for i := range 4000 {
			token := console.Token{
				GUID: console.NewGUID(), Type: console.TypeOrganization, Name: fmt.Sprintf("%06x", m.random.Intn(1<<24)), Scopes: modelScopes[:1],
				CreatedAt: noon.Add(-time.Duration(m.random.Intn(1e6)) * time.Second), UsedAt: noon.Add(-time.Duration(m.random.Intn(1e6)) * time.Second), Version: 1,
			}
			if i%20 == 0 {
				token.Scopes = modelScopes[1:2]
			}
			if !yield(token, store.SecretHash{Hash: fmt.Appendf(nil, "%d", i), KeyID: "key"}) {
				return
			}
		}
	}, noon)
	if err != nil {
		t.Fatal(err)
	}
	for key, index := range map[console.TokenSortKey]string{
		console.SortName: "tokens_by_name", console.SortCreated: "tokens_by_creation", console.SortStarts: "tokens_by_start",
		console.SortExpires: "tokens_by_end", console.SortUsed: "token_uses_by_time",
	} {
		steps, err := st.PlanOf(t.Context(), console.TokenFilter{Scopes: modelScopes[1:2]}, console.TokenSort{Key: key}, console.PageRequest{Size: 10}, noon)
		if err != nil {
			t.Fatal(err)
		}
		plan := strings.Join(steps, "\n")
		if !strings.Contains(plan, "Index Only Scan using "+index) || !strings.Contains(plan, "hashed SubPlan") {
			t.Errorf("by %s:\n%s", key, plan)
		}
	}
}

// TestPostgreSQLMergesSegments that each have the order of the list, and reads no more
// of each than the page shows, each row along with its entry.
func TestPostgreSQLMergesSegments(t *testing.T) {
	st := storetest.Open(t, storetest.Postgres(t))
	for _, key := range console.TokenSortKeys {
		if key == console.SortIsActive {
			continue // its segments come one after the other
		}
		for _, last := range []bool{false, true} {
			steps, err := st.PlanOf(t.Context(), console.TokenFilter{Status: console.FilterInactive}, console.TokenSort{Key: key}, console.PageRequest{Last: last}, noon)
			if err != nil {
				t.Fatal(err)
			}
			plan := strings.Join(steps, "\n")
			if joined := strings.Contains(plan, "Nested Loop"); !strings.Contains(plan, "Merge Append") || joined && key != console.SortUsed {
				t.Errorf("by %s:\n%s", key, plan)
			}
		}
	}
}

// settle brings the phases of all tokens up to now: no list changes by that.
func (m *listModel) settle(t *testing.T, st *store.Store) {
	t.Helper()
	for settled, rest := 0, -1; rest != 0; settled += rest {
		err := st.Tx(t.Context(), func(tx *store.Store) (err error) {
			rest, err = tx.SettleTokens(t.Context(), noon, 50)
			return err
		})
		if err != nil || settled > len(m.tokens) {
			t.Fatalf("%d tokens were settled, and then: %v", settled, err)
		}
	}
}

func pick[T any](m *listModel, from []T) T { return from[m.random.Intn(len(from))] }

func (m *listModel) chance(percent int) bool { return m.random.Intn(100) < percent }

func (m *listModel) instant() time.Time { return noon.Add(pick(m, modelOffsets)) }

func (m *listModel) fill(t *testing.T, st *store.Store, n int) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(st.InsertKey(ctx, "key", noon))
	for i := range 3 {
		user := console.User{GUID: console.NewGUID(), Email: fmt.Sprintf("u%d@example.com", i), Name: fmt.Sprintf("User %d", i), Role: console.RoleOwner, CreatedAt: noon}
		must(st.InsertUser(ctx, user, "x"))
		if user.Name == modelLeaver {
			user.DisabledAt = noon
			must(st.UpdateUser(ctx, user, 1))
		}
		m.users = append(m.users, user.Ref())
		repository := console.Repository{GUID: console.NewGUID(), Name: fmt.Sprintf("repo-%d", i), Kind: console.KindRepository, CreatedAt: noon, UpdatedAt: noon, Version: 1}
		must(st.InsertRepository(ctx, repository))
		m.repositories = append(m.repositories, repository.Ref())
	}
	for i := range n {
		token := m.token()
		must(st.InsertToken(ctx, token, store.SecretHash{Hash: fmt.Appendf(nil, "hash %d", i), KeyID: "key"}))
		if m.chance(20) {
			at := m.instant()
			must(st.RevokeToken(ctx, token.GUID, "why", at))
			token.RevokedAt, token.ValidTo, token.RevokeReason, token.UpdatedAt, token.Version = at, at, "why", at, 2
			if m.chance(20) {
				must(st.SetPhase(ctx, token.GUID, 4))
			}
		}
		if m.chance(60) {
			token.UsedAt = m.instant()
			_, err := st.AddTokenUses(ctx, []store.TokenUse{{Token: token.GUID, At: token.UsedAt}})
			must(err)
		}
		m.tokens = append(m.tokens, token)
	}
}

func (m *listModel) token() console.Token {
	var words []string
	for range 1 + m.random.Intn(3) {
		words = append(words, pick(m, modelWords))
	}
	token := console.Token{
		GUID: console.NewGUID(), Type: console.TypeOrganization, Name: strings.Join(words, " "), Scopes: []string{pick(m, modelScopes)},
		CreatedAt: m.instant(), UpdatedAt: noon, Version: 1, Creator: pick(m, m.users),
	}
	if token.CreatedAt.After(noon) { // nothing is made in the future
		token.CreatedAt = noon
	}
	if second := pick(m, modelScopes); second > token.Scopes[0] {
		token.Scopes = append(token.Scopes, second)
	}
	if m.chance(70) {
		token.Type, token.Repositories = console.TypeRepository, []console.RepositoryRef{m.repositories[0]}
		if m.chance(40) {
			token.Repositories = m.repositories[1:]
		}
	}
	if m.chance(60) {
		token.Owner = pick(m, m.users)
	}
	if m.chance(50) {
		token.ValidFrom = m.instant()
	}
	if m.chance(70) {
		token.ValidTo = m.instant()
	}
	if m.chance(15) {
		token.DisabledAt = noon.Add(-time.Hour)
		if m.chance(50) {
			token.DisabledUntil = m.instant()
		}
	}
	return token
}

func (m *listModel) sort() console.TokenSort {
	return console.TokenSort{Key: pick(m, console.TokenSortKeys), Descending: m.chance(50)}
}

func (m *listModel) filter() console.TokenFilter {
	f := console.TokenFilter{Status: pick(m, console.StatusFilters)}
	if m.chance(30) {
		f.Name = []string{"GRAFANA", "strasse ci", "a_", "100%", "本", "日本語", `k\s`, `d"`, "x x", "приВет deploy", "nothing at all"}[m.random.Intn(11)]
	}
	if m.chance(15) {
		digits := strings.ToUpper(string(pick(m, m.tokens).GUID))
		f.GUID = []string{digits[:4], "{" + digits + "}", digits[9:14] + " " + digits[14:18], digits[:1], "xyz"}[m.random.Intn(5)]
	}
	if m.chance(25) {
		f.Scopes = []string{pick(m, modelScopes), pick(m, modelScopes)}
	}
	if m.chance(25) {
		f.Repository = pick(m, m.repositories).GUID
	}
	if m.chance(15) {
		f.Repositories = []console.GUID{pick(m, m.repositories).GUID, pick(m, m.repositories).GUID, console.NewGUID()}
	}
	if m.chance(15) {
		f.Visible = pick(m, []console.Visibility{
			{Limited: true}, {Limited: true, Types: []console.Type{console.TypeOrganization}},
			{Limited: true, Repositories: []console.GUID{m.repositories[0].GUID}, Scopes: modelScopes[:1]},
			{Limited: true, Types: []console.Type{console.TypeOrganization}, Repositories: []console.GUID{m.repositories[0].GUID}, Scopes: modelScopes[:1]},
		})
	}
	if m.chance(25) {
		digits := string(pick(m, m.tokens).GUID)
		f.Search = pick(m, []string{"grafana", "ci deploy", "a_", "x", " ", "-", digits, strings.ToUpper(digits[:8]), digits[:2], "nothing at all"})
	}
	if m.chance(15) {
		f.Types = []console.Type{pick(m, []console.Type{console.TypeOrganization, console.TypeRepository, console.TypeSystem})}
	}
	if m.chance(15) {
		f.Owners = []console.GUID{pick(m, m.users).GUID}
	}
	if m.chance(15) {
		f.Creators = []console.GUID{pick(m, m.users).GUID, pick(m, m.users).GUID}
	}
	for _, trait := range console.Traits {
		if m.chance(8) {
			f.Traits = append(f.Traits, trait)
		}
	}
	if m.chance(15) {
		f.ExpiresWithin = console.NoticeWindow
	}
	f.NeverUsed = m.chance(10)
	if m.chance(15) {
		f.UnusedFor = pick(m, []time.Duration{time.Millisecond, time.Hour, 30 * 24 * time.Hour})
	}
	if m.chance(15) {
		f.CreatedFrom = m.instant()
	}
	if m.chance(15) {
		f.CreatedTo = m.instant()
	}
	return f
}

// keeps says in Go what the store says in SQL.
func keeps(f console.TokenFilter, t console.Token) bool {
	overlap := func(has []string, wanted []string) bool {
		return slices.ContainsFunc(has, func(s string) bool { return slices.Contains(wanted, s) })
	}
	digits, ok := console.GUIDDigits(f.GUID)
	name := console.Fold(t.Name)
	for _, word := range console.Words(f.Name) {
		if !strings.Contains(name, word) {
			return false
		}
	}
	if f.Search != "" && !found(f.Search, t) || !visible(f.Visible, t) {
		return false
	}
	within := len(f.Repositories) == 0 || slices.ContainsFunc(t.Repositories, func(r console.RepositoryRef) bool { return slices.Contains(f.Repositories, r.GUID) })
	in := slices.ContainsFunc(t.Repositories, func(r console.RepositoryRef) bool { return r.GUID == f.Repository })
	soon := t.RevokedAt.IsZero() && !t.ValidTo.IsZero() && t.ValidTo.After(noon) && !t.ValidTo.After(noon.Add(f.ExpiresWithin))
	return ok && strings.Contains(t.GUID.Digits(), digits) && f.Status.Keeps(t, noon) &&
		(f.Repository == "" || in) && within && (len(f.Scopes) == 0 || overlap(t.Scopes, f.Scopes)) &&
		(!slices.Contains(f.Traits, console.TraitRisky) || slices.Contains(t.Scopes, "DeleteEvents")) &&
		(!slices.Contains(f.Traits, console.TraitEndless) || t.ValidTo.IsZero()) &&
		(!slices.Contains(f.Traits, console.TraitOrphaned) || t.Owner.Name == modelLeaver) &&
		(!slices.Contains(f.Traits, console.TraitOpen) || t.IPFilter.GUID == "") &&
		(len(f.Types) == 0 || slices.Contains(f.Types, t.Type)) &&
		(len(f.Owners) == 0 || slices.Contains(f.Owners, t.Owner.GUID)) &&
		(len(f.Creators) == 0 || slices.Contains(f.Creators, t.Creator.GUID)) &&
		(f.ExpiresWithin == 0 || soon) && (!f.NeverUsed || t.UsedAt.IsZero()) &&
		(f.UnusedFor == 0 || !t.CreatedAt.After(noon.Add(-f.UnusedFor)) && !t.UsedAt.After(noon.Add(-f.UnusedFor))) &&
		(f.CreatedFrom.IsZero() || !t.CreatedAt.Before(f.CreatedFrom)) &&
		(f.CreatedTo.IsZero() || t.CreatedAt.Before(f.CreatedTo))
}

// found reports whether a token's name has all words of text, or its GUID text.
func found(text string, t console.Token) bool {
	words, digits := console.Words(text), ""
	if d, ok := console.GUIDDigits(text); ok {
		digits = d
	}
	named := !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(console.Fold(t.Name), word) })
	return named || digits != "" && strings.Contains(t.GUID.Digits(), digits)
}

func visible(v console.Visibility, t console.Token) bool {
	return !v.Limited || slices.Contains(v.Types, t.Type) ||
		slices.ContainsFunc(t.Scopes, func(scope string) bool { return slices.Contains(v.Scopes, scope) }) &&
			slices.ContainsFunc(t.Repositories, func(r console.RepositoryRef) bool { return slices.Contains(v.Repositories, r.GUID) })
}

// order compares tokens by the sort key in Go.
func order(key console.TokenSortKey, a, b console.Token) int {
	end := func(t console.Token) int64 {
		if t.ValidTo.IsZero() {
			return 1 << 62
		}
		return t.ValidTo.UnixMilli()
	}
	within := func(t console.Token) int64 {
		switch t.Status(noon) {
		case console.StatusRevoked:
			return t.RevokedAt.UnixMilli()
		case console.StatusScheduled:
			return t.ActiveFrom().UnixMilli()
		}
		return end(t)
	}
	rank := func(t console.Token) int { return slices.Index(console.Statuses, t.Status(noon)) }
	by := 0
	switch key {
	case console.SortName:
		by = cmp.Compare(console.Fold(a.Name), console.Fold(b.Name))
	case console.SortExpires:
		by = cmp.Compare(end(a), end(b))
	case console.SortStarts:
		by = a.ActiveFrom().Compare(b.ActiveFrom())
	case console.SortUsed:
		by = a.UsedAt.Compare(b.UsedAt)
	case console.SortCreated:
		by = a.CreatedAt.Compare(b.CreatedAt)
	case console.SortIsActive:
		by = cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(within(a), within(b)))
	}
	return cmp.Or(by, cmp.Compare(a.GUID, b.GUID))
}

// check walks the whole list in pages, forwards and then backwards from its
// last page, and compares rows, order, counts and offsets.
func (m *listModel) check(t *testing.T, st *store.Store, f console.TokenFilter, sort console.TokenSort, size int) {
	t.Helper()
	want := slices.DeleteFunc(slices.Clone(m.tokens), func(token console.Token) bool { return !keeps(f, token) })
	slices.SortFunc(want, func(a, b console.Token) int {
		if sort.Descending {
			a, b = b, a
		}
		return order(sort.Key, a, b)
	})
	counts, err := st.CountTokens(t.Context(), f, []console.StatusFilter{f.Status}, noon)
	if err != nil || counts[f.Status] != len(want) {
		t.Fatalf("%+v: counted %d, want %d: %v", f, counts[f.Status], len(want), err)
	}
	page := func(request console.PageRequest) console.Page[console.Token] {
		request.Size = size
		page, err := st.ListTokens(t.Context(), f, sort, request, len(want), &store.Names{}, noon)
		if err != nil {
			t.Fatalf("%+v %+v: %v", f, sort, err)
		}
		return page
	}
	for _, last := range []bool{false, true} {
		p, err := st.ListTokens(t.Context(), f, sort, console.PageRequest{Size: size, Last: last}, console.Uncounted, &store.Names{}, noon)
		total, offset := console.Uncounted, 0
		if len(want) <= size {
			total = len(want)
		} else if last {
			offset = -1
		}
		if err != nil || p.Total != total || p.Offset != offset {
			t.Fatalf("%+v: uncounted, last %v: total %d, offset %d, want %d, %d: %v", f, last, p.Total, p.Offset, total, offset, err)
		}
	}
	var forwards, backwards []console.Token
	for p, cursor := page(console.PageRequest{}), ""; ; p = page(console.PageRequest{Cursor: cursor}) {
		if p.Offset != len(forwards) {
			t.Fatalf("%+v %+v: offset %d after %d rows", f, sort, p.Offset, len(forwards))
		}
		forwards = append(forwards, p.Items...)
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	for p, cursor := page(console.PageRequest{Last: true}), ""; ; p = page(console.PageRequest{Cursor: cursor}) {
		if p.Offset != len(want)-len(backwards)-len(p.Items) {
			t.Fatalf("%+v %+v: offset %d, %d rows before the end", f, sort, p.Offset, len(backwards))
		}
		backwards = append(slices.Clone(p.Items), backwards...)
		if cursor = p.Previous; cursor == "" {
			break
		}
	}
	if diff := gocmp.Diff(guids(want), guids(forwards)); diff != "" {
		t.Fatalf("%+v %+v forwards:\n%s", f, sort, diff)
	}
	if diff := gocmp.Diff(guids(want), guids(backwards)); diff != "" {
		t.Fatalf("%+v %+v backwards:\n%s", f, sort, diff)
	}
	if diff := gocmp.Diff(want, forwards); len(want) > 0 && diff != "" {
		t.Fatalf("%+v: tokens changed on their way:\n%s", f, diff)
	}
}

func guids(tokens []console.Token) []console.GUID {
	list := []console.GUID{}
	for _, token := range tokens {
		list = append(list, token.GUID)
	}
	return list
}
