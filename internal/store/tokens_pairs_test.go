package store_test

import (
	"context"
	"fmt"
	"math/rand"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// namedWords are what names are made of here: of one character and of many, folded to
// fewer and to more, and at the ends of what there is.
var namedWords = []string{
	"a", "b", "z", "_", "%", "ß", "ẞs", "İstanbul", "ı", "e\u0301te\u0301", "a\u0307\u0323", "日本", "語", "👩\u200d👩\u200d👧", "😀", "ﷺ", "grafana", "ci", "probe",
	"\U0010FFFF", "\U0010FFFF\U0010FFFF", "\uD7FF", "\uD7FF\uD7FF", "\uFFFE", "\U0001FFFF", "~", " ", "-", "-", "''", `\`, "ﬁx", "ＡＢ", "Σς", "ꭰᎠ",
}

func (m *listModel) named() string {
	var name strings.Builder
	for name.Len() == 0 || m.chance(60) {
		name.WriteString(pick(m, namedWords))
	}
	return name.String()
}

// wanted are one or two words of which some name has the first.
func (m *listModel) wanted() string {
	part := func() string {
		name := []rune(pick(m, m.tokens).Name)
		from := m.random.Intn(len(name))
		return string(name[from : from+1+m.random.Intn(len(name)-from)])
	}
	switch {
	case m.chance(10):
		return pick(m, []string{"zz", "nowhere", "%%", "__", "\U0010FFFFa", "a\U0010FFFF", "語日"})
	case m.chance(30):
		return part() + " " + part()
	}
	return part()
}

func (m *listModel) nameToken() console.Token {
	token := m.token()
	token.Name = m.named()
	return token
}

func (m *listModel) makeNamed(t *testing.T, st *store.Store, n int) {
	t.Helper()
	for range n {
		token := m.nameToken()
		must(t, st.InsertToken(t.Context(), token, store.SecretHash{Hash: []byte(token.GUID), KeyID: "key"}))
		m.tokens = append(m.tokens, token)
	}
}

func (m *listModel) renameFirst(t *testing.T, st *store.Store, n int) {
	t.Helper()
	for i := range n {
		token := &m.tokens[i]
		token.Name = m.named()
		must(t, st.UpdateToken(t.Context(), *token, token.Version))
		token.Version++
	}
}

// TestNamesAreFoundWhereverTheyStand: walks pass over names that cannot have a word, of
// tokens that were filled in, made, renamed and deleted, and leave none out that has it.
func TestNamesAreFoundWhereverTheyStand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		seed := time.Now().UnixNano()
		t.Logf("seed %d", seed)
		asked := 0
		must(t, st.Observe(func(context.Context) func(string, error) {
			return func(what string, _ error) {
				if what == "SELECT name_pairs" {
					asked++
				}
			}
		}))
		m := &listModel{random: rand.New(rand.NewSource(seed))}
		m.fill(t, st, 0)
		must(t, st.LoadTokens(t.Context(), func(yield func(console.Token, store.SecretHash) bool) {
			for i := range 200 {
				m.tokens = append(m.tokens, m.nameToken())
				if !yield(m.tokens[i], store.SecretHash{Hash: fmt.Appendf(nil, "loaded %d", i), KeyID: "key"}) {
					return
				}
			}
		}, noon))
		m.findNames(t, st)
		m.makeNamed(t, st, 150)
		m.findNames(t, st)
		m.random.Shuffle(len(m.tokens), func(i, j int) { m.tokens[i], m.tokens[j] = m.tokens[j], m.tokens[i] })
		m.renameFirst(t, st, 100)
		for _, token := range m.tokens[80:160] {
			must(t, st.DeleteToken(t.Context(), token.GUID))
		}
		m.tokens = slices.Delete(m.tokens, 80, 160)
		m.findNames(t, st)
		if asked < 100 {
			t.Errorf("it was asked %d times where names can be", asked)
		}
	})
}

// findNames holds lists against the model as if the tokens were millions, and walks where
// the words can be against those, whether or not it would be asked for that.
func (m *listModel) findNames(t *testing.T, st *store.Store) {
	t.Helper()
	must(t, st.StandFor(t.Context(), 10_000_000, noon))
	for range 40 {
		f := console.TokenFilter{Name: m.wanted(), Status: pick(m, console.StatusFilters)}
		if m.chance(50) {
			f.Status = console.FilterAll
		}
		if m.chance(20) {
			f.Scopes = []string{pick(m, modelScopes)}
		}
		sort := console.TokenSort{Key: console.SortName, Descending: m.chance(50)}
		m.check(t, st, f, sort, 1+m.random.Intn(30))
		m.slice(t, st, f, sort, 5+m.random.Intn(30))
		if !slices.ContainsFunc(console.Words(f.Name), func(word string) bool { return utf8.RuneCountInString(word) > 1 }) {
			continue
		}
		for request := (console.PageRequest{Size: 1 + m.random.Intn(20), Last: m.chance(50)}); ; {
			want, err := st.ListTokens(t.Context(), f, sort, request, console.Uncounted, &store.Names{}, noon)
			must(t, err)
			got, err := st.ListWithin(t.Context(), f, sort, request, noon)
			must(t, err)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Fatalf("%+v by %+v, %+v: (-listed +walked)\n%s", f, sort, request, diff)
			}
			if request.Cursor = want.Next; request.Last || want.Next == "" {
				request.Cursor = want.Previous
			}
			if request.Cursor == "" || m.chance(5) {
				break
			}
			request.Last = false
		}
	}
	want := map[[2]string]bool{}
	got, err := st.NamePairs(t.Context())
	must(t, err)
	for _, token := range m.tokens {
		name := []rune(console.Fold(token.Name))
		for i := range len(name) - 1 {
			want[[2]string{string(name[:2]), string(name[i : i+2])}] = true
		}
	}
	for pair := range want {
		if got[pair] == 0 {
			t.Errorf("of names that begin with %q, %q is missing", pair[0], pair[1])
		}
	}
}

// farNames are names in four places of the order: word is in some of the second and of
// the third.
func farNames(t *testing.T, st *store.Store, word string) {
	t.Helper()
	must(t, st.InsertKey(t.Context(), "key", noon))
	must(t, st.LoadTokens(t.Context(), func(yield func(console.Token, store.SecretHash) bool) {
		for i := range 20_000 {
			token := console.Token{GUID: console.NewGUID(), Type: console.TypeOrganization, Name: fmt.Sprintf("%c-%05d", "bdfh"[i/5000], i), CreatedAt: noon, Version: 1}
			if (i/5000 == 1 || i/5000 == 2) && i%50 < 25 {
				token.Name += "-" + word
			}
			if !yield(token, store.SecretHash{Hash: fmt.Appendf(nil, "%d", i), KeyID: "key"}) {
				return
			}
		}
	}, noon))
	must(t, st.StandFor(t.Context(), 1_000_000, noon))
}

var (
	nameWalk = regexp.MustCompile(`using tokens_(?:by|phase)_name .*\((?:never executed|actual time=\S+ rows=(\d+) )`)
	goneOver = regexp.MustCompile(`Rows Removed by Filter: (\d+)`)
)

// nameWalks are how many entries each walk along the names went over, as a plan tells,
// none if it never began.
func nameWalks(plan []string) (walks []int) {
	number := func(match []string) int {
		if match == nil {
			return 0
		}
		n, _ := strconv.Atoi(match[1])
		return n
	}
	within := false
	for _, line := range plan {
		if walk := nameWalk.FindStringSubmatch(line); walk != nil {
			within, walks = true, append(walks, number(walk))
		} else if strings.Contains(line, "->") {
			within = false
		} else if within {
			walks[len(walks)-1] += number(goneOver.FindStringSubmatch(line))
		}
	}
	return walks
}

// TestPostgreSQLWalksPastNamesWithoutAWord: nothing is read between the names that can
// have it, and no names further on once the page is full.
func TestPostgreSQLWalksPastNamesWithoutAWord(t *testing.T) {
	st := storetest.Open(t, storetest.Postgres(t))
	farNames(t, st, "xyx")
	for _, word := range []string{"xyx", "yx", "xz"} {
		for _, request := range []console.PageRequest{{Size: 10}, {Size: 10, Last: true}} {
			for _, status := range []console.StatusFilter{console.FilterAll, console.FilterActive} {
				plan, err := st.PlanOf(t.Context(), console.TokenFilter{Name: word, Status: status}, console.TokenSort{Key: console.SortName}, request, noon)
				must(t, err)
				walks := nameWalks(plan)
				if none := word == "xz"; none && len(walks) > 0 || !none && (len(walks) != 2 || walks[0] == 0 || walks[0] > 100 || walks[1] > 0) {
					t.Errorf("%s, %s, %+v: over %d entries\n%s", word, status, request, walks, strings.Join(plan, "\n"))
				}
			}
		}
	}
}

// TestSameNamesAreMadeAtOnce on PostgreSQL: no transaction waits for another that notes
// the same of its names.
func TestSameNamesAreMadeAtOnce(t *testing.T) {
	st := storetest.Open(t, storetest.Postgres(t))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	must(t, st.InsertKey(ctx, "key", noon))
	var all []console.GUID
	insert := func(tx *store.Store, name string) {
		t.Helper()
		token := console.Token{GUID: console.NewGUID(), Type: console.TypeOrganization, Name: name, CreatedAt: noon, UpdatedAt: noon, Version: 1}
		must(t, tx.InsertToken(ctx, token, store.SecretHash{Hash: fmt.Appendf(nil, "%d", len(all)), KeyID: "key"}))
		all = append(all, token.GUID)
	}
	must(t, st.Tx(ctx, func(one *store.Store) error {
		insert(one, "grafana")
		return st.Tx(ctx, func(other *store.Store) error {
			insert(other, "probe")
			insert(one, "probe")
			insert(other, "grafana")
			return nil
		})
	}))
	must(t, st.StandFor(ctx, 10_000_000, noon))
	for _, word := range []string{"grafana", "an", "probe", "ob"} {
		page, err := st.ListTokens(ctx, console.TokenFilter{Name: word}, console.TokenSort{Key: console.SortName}, console.PageRequest{}, console.Uncounted, &store.Names{}, noon)
		if err != nil || len(page.Items) != 2 {
			t.Errorf("%s finds %d tokens: %v", word, len(page.Items), err)
		}
	}
}
