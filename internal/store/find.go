package store

import (
	"context"
	"strings"
	"time"

	"latchkey/internal/console"
)

// FindTokensNamed returns at most limit of the tokens within v whose names begin
// with text, by name.
func (s *Store) FindTokensNamed(ctx context.Context, v console.Visibility, text string, limit int) ([]console.Token, error) {
	folded := console.Fold(text)
	where := visible(v).and("t.name_folded >= ? AND t.name_folded < ?", folded, folded+"\U0010FFFF")
	var rows []tokenRow
	inOrder := strings.Replace(tokenTables, "tokens t", "tokens t"+s.dialect.by("tokens_by_name"), 1)
	err := s.reader(ctx).Raw(`SELECT `+listedColumns+inOrder+where.where()+` ORDER BY t.name_folded, t.guid LIMIT ?`,
		append(where.args, limit)...).Scan(&rows).Error
	return tokensOf(rows), err
}

// FindTokensLike returns at most limit of the tokens within v in whose name all
// words of text occur or whose GUID it is a part of, by name.
func (s *Store) FindTokensLike(ctx context.Context, v console.Visibility, text string, limit int, now time.Time) ([]console.Token, error) {
	page, err := s.ListTokens(ctx, console.TokenFilter{Visible: v, Search: text}, console.TokenSort{Key: console.SortName}, console.PageRequest{Size: limit}, 0, &Names{}, now)
	return page.Items, err
}

// FindRepositoriesNamed returns at most limit of the repositories and views within
// v in whose names all words of text occur, by name.
func (s *Store) FindRepositoriesNamed(ctx context.Context, v console.Visibility, text string, limit int) ([]console.RepositoryFound, error) {
	var where conditions
	for _, word := range console.Words(text) {
		sql, args := likeCondition("name_folded", word)
		where.add(sql, args...)
	}
	if v.Limited && !v.EveryRepository {
		where.add("t.guid IN ?", listed(v.Repositories))
	}
	var rows []struct{ GUID, Name, Kind string }
	err := s.reader(ctx).Raw(`SELECT t.guid, t.name, t.kind FROM repositories t`+where.where()+` ORDER BY t.name_folded LIMIT ?`, append(where.args, limit)...).Scan(&rows).Error
	found := make([]console.RepositoryFound, len(rows))
	for i, row := range rows {
		found[i] = console.RepositoryFound{
			RepositoryRef: console.RepositoryRef{GUID: console.GUID(row.GUID), Name: row.Name}, Kind: console.RepositoryKind(row.Kind),
		}
	}
	return found, err
}
