package store

import (
	"context"
	"strings"

	"latchkey/internal/console"
)

// PutMembership makes somebody a member of a repository, or changes their role
// there; an empty role ends the membership.
func (s *Store) PutMembership(ctx context.Context, user, repo console.GUID, role console.MemberRole) error {
	if role == "" {
		return s.writer(ctx).Exec(`DELETE FROM memberships WHERE user_guid = ? AND repository_guid = ?`, string(user), string(repo)).Error
	}
	return s.writer(ctx).Exec(`INSERT INTO memberships (user_guid, repository_guid, role) VALUES (?, ?, ?)
		ON CONFLICT (user_guid, repository_guid) DO UPDATE SET role = excluded.role`, string(user), string(repo), string(role)).Error
}

// ListMemberships returns the repositories in which somebody is a member, also
// while their role needs none.
func (s *Store) ListMemberships(ctx context.Context, user console.GUID) (map[console.GUID]console.MemberRole, error) {
	as := console.User{GUID: user, Role: console.RoleMember}
	err := s.addMemberships(ctx, &as)
	return as.Memberships, err
}

// addMemberships fills in the memberships of those of users who are members.
func (s *Store) addMemberships(ctx context.Context, users ...*console.User) error {
	places := map[string]*console.User{}
	var guids []string
	for _, user := range users {
		if user.Role == console.RoleMember {
			user.Memberships = map[console.GUID]console.MemberRole{}
			places[string(user.GUID)] = user
			guids = append(guids, string(user.GUID))
		}
	}
	if len(guids) == 0 {
		return nil
	}
	var rows []struct {
		UserGUID       string `gorm:"column:user_guid"`
		RepositoryGUID string `gorm:"column:repository_guid"`
		Role           string
	}
	err := s.reader(ctx).Raw(`SELECT user_guid, repository_guid, role FROM memberships WHERE user_guid IN ?`, guids).Scan(&rows).Error
	for _, row := range rows {
		places[row.UserGUID].Memberships[console.GUID(row.RepositoryGUID)] = console.MemberRole(row.Role)
	}
	return err
}

// within is the condition that a token t is visible.
func within(v console.Visibility) (string, []any) {
	if !v.Limited {
		return "", nil
	}
	if v.NoTokens() {
		return "1 = 0", nil
	}
	byScope, args := strings.Join([]string{
		`EXISTS (SELECT 1 FROM token_repositories vr WHERE vr.token_id = t.id AND vr.repository_guid IN ?)`,
		`EXISTS (SELECT 1 FROM token_scopes vs WHERE vs.token_id = t.id AND vs.scope IN ?)`,
	}, " AND "), []any{v.Repositories, v.Scopes}
	switch {
	case len(v.Types) == 0:
		return byScope, args
	case !v.ByScope():
		return `t.type IN ?`, []any{v.Types}
	}
	return `(t.type IN ? OR ` + byScope + `)`, append([]any{v.Types}, args...)
}

// ListMembershipsOf returns somebody's memberships by the repository's name.
func (s *Store) ListMembershipsOf(ctx context.Context, user console.GUID) ([]console.MemberOf, error) {
	var rows []struct{ GUID, Name, Role string }
	err := s.reader(ctx).Raw(`SELECT r.guid, r.name, m.role FROM memberships m JOIN repositories r ON r.guid = m.repository_guid
		WHERE m.user_guid = ? ORDER BY r.name_folded`, string(user)).Scan(&rows).Error
	memberships := make([]console.MemberOf, len(rows))
	for i, row := range rows {
		memberships[i] = console.MemberOf{
			Repository: console.RepositoryRef{GUID: console.GUID(row.GUID), Name: row.Name}, Role: console.MemberRole(row.Role),
		}
	}
	return memberships, err
}
