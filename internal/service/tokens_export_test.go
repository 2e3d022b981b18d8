package service_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

// exportedNames are the names that an export gives away, in its order.
func (s *site) exportedNames(actor console.Principal, x console.TokenExport) (names []string) {
	s.t.Helper()
	x.Format = console.ExportJSONL
	s.must(s.ExportTokens(s.t.Context(), actor, x, func(line console.TokenLine) error { names = append(names, line.Name); return nil }))
	return names
}

func TestTokensAreExportedAsListed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		other := s.repository("other")
		s.make("b")
		s.make("a")
		c, _ := s.make("c", func(n *console.NewToken) {
			n.Scopes, n.Repositories = []string{"ChangeFiles"}, []console.GUID{other.GUID}
		})
		gone, _ := s.make("gone")
		_, err := s.RevokeToken(t.Context(), s.as(console.RoleOwner), "", gone.GUID, "")
		s.must(err)
		auditor, since := s.as(console.RoleAuditor), len(s.events())
		for _, test := range []struct {
			of   console.TokenExport
			want []string
		}{
			{console.TokenExport{}, []string{"a", "b", "c", "gone"}},
			{console.TokenExport{Sort: console.TokenSort{Key: console.SortName, Descending: true}}, []string{"gone", "c", "b", "a"}},
			{console.TokenExport{Filter: console.TokenFilter{Status: console.FilterActive}}, []string{"a", "b", "c"}},
			{console.TokenExport{Sort: console.TokenSort{Key: console.SortIsActive}, Filter: console.TokenFilter{Name: "o"}}, []string{"gone"}},
			{console.TokenExport{Filter: console.TokenFilter{Repository: other.GUID}}, []string{"c"}},
			{console.TokenExport{Only: []console.GUID{gone.GUID, c.GUID, console.NewGUID(), "junk"}}, []string{"gone", "c"}},
			{console.TokenExport{Filter: console.TokenFilter{Repository: other.GUID}, Only: []console.GUID{gone.GUID, c.GUID}}, []string{"c"}},
			{console.TokenExport{Filter: console.TokenFilter{Name: "nothing"}}, nil},
		} {
			if got := s.exportedNames(auditor, test.of); !slices.Equal(got, test.want) {
				t.Errorf("%+v exports %q, want %q", test.of, got, test.want)
			}
		}
		event := s.events()[since+2]
		want := s.event(auditor, console.TokensExported, console.Target{Kind: console.TargetToken, Name: "3 tokens"},
			console.Change{Field: "format", New: "jsonl"}, console.Change{Field: "status", New: "active"})
		if event.Action != want.Action || event.Target != want.Target || !slices.Equal(event.Changes, want.Changes) {
			t.Errorf("recorded is %+v", event)
		}
		if event := s.events()[since+5]; event.Target.Name != "2 tokens" || !slices.Equal(event.Changes, []console.Change{{Field: "format", New: "jsonl"}, {Field: "chosen", New: "4"}}) {
			t.Errorf("of chosen tokens is recorded %+v", event)
		}
		s.refused("of nothing", s.ExportTokens(t.Context(), auditor, console.TokenExport{Filter: console.TokenFilter{Repository: "junk"}}, nil), console.CodeNotFound)
	})
}

// TestAnExportIsTheReadersOwn: it has what they see, and no more of it once they
// see less.
func TestAnExportIsTheReadersOwn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		other := s.repository("other")
		s.make("theirs")
		s.make("another scope", func(n *console.NewToken) { n.Scopes = []string{"ChangeFiles"} })
		s.make("elsewhere", func(n *console.NewToken) { n.Repositories = []console.GUID{other.GUID} })
		member := origin.As(s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberViewer}))
		if got := s.exportedNames(member, console.TokenExport{}); !slices.Equal(got, []string{"theirs"}) {
			t.Errorf("a member exports %q", got)
		}
		if got := s.exportedNames(member, console.TokenExport{Filter: console.TokenFilter{Repository: other.GUID}}); got != nil {
			t.Errorf("of another repository a member exports %q", got)
		}
	})
}

// TestAnExportEndsWithTheRightToIt, and not only when all of it is given away.
func TestAnExportEndsWithTheRightToIt(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.must(s.FillSynthetic(t.Context(), console.System("test"), 2500))
		auditor, n := s.as(console.RoleAuditor), 0
		err := s.ExportTokens(t.Context(), auditor, console.TokenExport{}, func(console.TokenLine) error {
			if n++; n == 100 {
				_, err := s.UpdateUser(t.Context(), s.as(console.RoleOwner), auditor.GUID, 1, console.UserPatch{Role: ptr(console.RoleMember)})
				s.must(err)
			}
			return nil
		})
		if console.CodeOf(err) != console.CodeForbidden || n >= 1000 {
			t.Errorf("after a demotion %d are exported: %v", n, err)
		}
	})
}

// TestExportsOfTokensTakeNoMoreMemoryTheLongerTheyAre, hold no transaction open,
// have every token once, and end with their reader.
func TestExportsOfTokensTakeNoMoreMemoryTheLongerTheyAre(t *testing.T) {
	const count, bound = 40_000, 8 << 20 // all of them at once are about 32 MiB
	for name, fresh := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) { // one after the other, for they share the memory
			s := newSite(t, fresh(t))
			s.furnish()
			s.must(s.FillSynthetic(t.Context(), console.System("test"), count))
			auditor := s.as(console.RoleAuditor)
			for i, sort := range []console.TokenSort{{Key: console.SortName}, {Key: console.SortIsActive, Descending: true}} {
				format := console.ExportFormats[i]
				x := console.TokenExport{Sort: sort, Format: format}
				seen := make(map[console.GUID]bool, count)
				var first, most uint64
				s.must(s.ExportTokens(t.Context(), auditor, x, func(line console.TokenLine) error {
					seen[line.GUID] = true
					if n := len(seen); n%8_000 == 1000 {
						most = max(most, heap())
						if first == 0 {
							first = most
						}
						s.repository(fmt.Sprintf("%s-%d", format, n)) // a writer meanwhile
					}
					text, err := format.Token(line)
					if err == nil {
						_, err = io.Discard.Write(text)
					}
					return err
				}))
				if len(seen) != count {
					t.Errorf("by %s %d tokens are exported, want %d", sort.Key, len(seen), count)
				}
				if most > first+bound {
					t.Errorf("by %s: from %d to %d bytes", sort.Key, first, most)
				}
			}
			n, stop := 0, errors.New("nobody reads on")
			if err := s.ExportTokens(t.Context(), auditor, console.TokenExport{}, func(console.TokenLine) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
				t.Errorf("when its reader fails: %d, %v", n, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			n = 0
			err := s.ExportTokens(ctx, auditor, console.TokenExport{}, func(console.TokenLine) error { n++; cancel(); return nil })
			if !errors.Is(err, context.Canceled) || n > 1000 {
				t.Errorf("when its reader goes away after one token: %d, %v", n, err)
			}
		})
	}
}
