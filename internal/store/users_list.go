package store

import (
	"context"
	"slices"

	"latchkey/internal/console"
)

// userColumns are what a person is read from, with users as t.
const userColumns = `t.guid, t.email, t.name, t.name_folded, t.role, t.scopes, t.version, t.disabled_at, t.invited_at, t.created_at`

// ListPeople returns a page of the people who pass f, by name, with whether
// they have a second factor.
func (s *Store) ListPeople(ctx context.Context, f console.UserFilter, request console.PageRequest) (console.Page[console.User], error) {
	var total int
	where := filterUsers(f)
	if err := s.reader(ctx).Raw(`SELECT COUNT(*) FROM users t`+where.where(), where.args...).Scan(&total).Error; err != nil {
		return console.Page[console.User]{}, err
	}
	w := newWalk("people", false, request)
	if w.from != nil {
		where.add("(t.name_folded, t.guid) "+w.comparison()+" (?, ?)", w.from.Text, w.from.GUID)
	}
	var rows []userRow
	err := s.reader(ctx).Raw(`SELECT `+userColumns+` FROM users t`+where.where()+` ORDER BY t.name_folded `+w.direction()+`, t.guid `+w.direction()+` LIMIT ?`,
		append(where.args, w.rows)...).Scan(&rows).Error
	if err != nil {
		return console.Page[console.User]{}, err
	}
	rows, page := pageOf[console.User](w, rows, func(r userRow) position { return position{Text: r.NameFolded, GUID: r.GUID} }, total)
	if page.Items, err = s.usersOf(ctx, rows); err != nil {
		return page, err
	}
	return page, s.addSecondFactors(ctx, page.Items)
}

func (s *Store) addSecondFactors(ctx context.Context, users []console.User) error {
	guids := make([]string, len(users))
	for i, user := range users {
		guids[i] = string(user.GUID)
	}
	var secured []string
	if len(guids) == 0 {
		return nil
	}
	err := s.reader(ctx).Raw(`SELECT DISTINCT user_guid FROM factors WHERE user_guid IN ?`, guids).Scan(&secured).Error
	for i := range users {
		users[i].SecondFactor = slices.Contains(secured, guids[i])
	}
	return err
}

func filterUsers(f console.UserFilter) conditions {
	var where conditions
	for _, word := range console.Words(f.Text) {
		name, args := likeCondition("name_folded", word)
		email, _ := likeCondition("email_folded", word)
		where.add("("+name+" OR "+email+")", append(args, args...)...)
	}
	if f.Role != "" {
		where.add("t.role = ?", string(f.Role))
	}
	if f.Repository != "" {
		where.add(`t.role = 'member' AND EXISTS (SELECT 1 FROM memberships m WHERE m.user_guid = t.guid AND m.repository_guid = ?)`, string(f.Repository))
	}
	return where
}

// ListMembers returns at most limit members of a repository by name.
func (s *Store) ListMembers(ctx context.Context, repo console.GUID, limit int) ([]console.User, error) {
	where := filterUsers(console.UserFilter{Repository: repo})
	var rows []userRow
	err := s.reader(ctx).Raw(`SELECT `+userColumns+` FROM users t`+where.where()+` ORDER BY t.name_folded, t.guid LIMIT ?`, append(where.args, limit)...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	return s.usersOf(ctx, rows)
}

// ListGrantors returns at most limit people who hold every scope and can use
// the console, the administrators first.
func (s *Store) ListGrantors(ctx context.Context, limit int) ([]console.PersonRef, error) {
	var rows []struct{ GUID, Name string }
	err := s.reader(ctx).Raw(`SELECT t.guid, t.name FROM users t WHERE t.role IN ('administrator', 'owner') AND t.disabled_at IS NULL AND t.invited_at IS NULL
		ORDER BY t.role, t.name_folded, t.guid LIMIT ?`, limit).Scan(&rows).Error
	refs := make([]console.PersonRef, len(rows))
	for i, row := range rows {
		refs[i] = console.PersonRef{GUID: console.GUID(row.GUID), Name: row.Name}
	}
	return refs, err
}
