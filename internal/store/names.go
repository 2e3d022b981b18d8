package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"latchkey/internal/console"
)

// Names are what people, repositories and IP filters are called, as far as somebody
// asked. They are as the database was when they were asked for, or later.
type Names struct {
	mu sync.Mutex
	of map[console.GUID]string
}

// namesKept is how many names are known at once.
const namesKept = 10_000

// nameTokens gives what tokens belong to its name, where a list has the GUID alone.
// It asks for those that are not known.
func (s *Store) nameTokens(ctx context.Context, known *Names, tokens []console.Token) error {
	unknown := known.give(tokens)
	if len(unknown) == 0 {
		return nil
	}
	var rows []struct {
		GUID console.GUID `gorm:"column:guid"`
		Name string
	}
	err := s.reader(ctx).Raw(`SELECT guid, name FROM users WHERE guid IN ? UNION ALL SELECT guid, name FROM repositories WHERE guid IN ?
		UNION ALL SELECT guid, name FROM ip_filters WHERE guid IN ?`, unknown, unknown, unknown).Scan(&rows).Error
	if err != nil {
		return err
	}
	found := make(map[console.GUID]string, len(rows))
	for _, row := range rows {
		found[row.GUID] = row.Name
	}
	known.add(found)
	give(tokens, found)
	return nil
}

// give writes the names that are known to the tokens, and returns of what others
// are missing.
func (n *Names) give(tokens []console.Token) (unknown []console.GUID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return give(tokens, n.of)
}

// add forgets what is known if that were too much.
func (n *Names) add(found map[console.GUID]string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.of == nil || len(n.of)+len(found) > namesKept {
		n.of = make(map[console.GUID]string, len(found))
	}
	maps.Copy(n.of, found)
}

// give writes names to the tokens whose are not written yet.
func give(tokens []console.Token, names map[console.GUID]string) (unknown []console.GUID) {
	give := func(guid console.GUID, name *string) {
		if found, ok := names[guid]; ok {
			*name = found
		} else if guid != "" && *name == "" {
			unknown = append(unknown, guid)
		}
	}
	for i := range tokens {
		t := &tokens[i]
		give(t.Owner.GUID, &t.Owner.Name)
		give(t.IPFilter.GUID, &t.IPFilter.Name)
		for k := range t.Repositories {
			give(t.Repositories[k].GUID, &t.Repositories[k].Name)
		}
		sortRepositories(t.Repositories)
	}
	slices.Sort(unknown)
	return slices.Compact(unknown)
}

func sortRepositories(refs []console.RepositoryRef) {
	if len(refs) < 2 {
		return
	}
	slices.SortFunc(refs, func(a, b console.RepositoryRef) int {
		return strings.Compare(console.Fold(a.Name), console.Fold(b.Name))
	})
}
