package console

import "slices"

// Role is what a person is in the organization.
type Role string

// The roles.
const (
	RoleOwner         Role = "owner"
	RoleAdministrator Role = "administrator"
	RoleAuditor       Role = "auditor"
	RoleMember        Role = "member"
)

// Roles are all roles, the mightiest first.
var Roles = []Role{RoleOwner, RoleAdministrator, RoleAuditor, RoleMember}

// Valid reports whether r is a role.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// Label is the role's name for people.
func (r Role) Label() string { return Status(r).Label() }

// Permission is one thing that a role lets a person do in the console. What a
// token may do is a Scope.
type Permission string

// The permissions.
const (
	RepositoryRead  Permission = "repository.read"
	RepositoryWrite Permission = "repository.write"
	TokenRead       Permission = "token.read"
	TokenWrite      Permission = "token.write"
	ScopeRead       Permission = "scope.read"
	ScopeWrite      Permission = "scope.write"
	UserRead        Permission = "user.read"
	// UserWrite is inviting, changing and removing people.
	UserWrite Permission = "user.write"
	// AccessWrite is changing which repositories and scopes members have.
	AccessWrite  Permission = "access.write"
	AuditRead    Permission = "audit.read"
	SettingsRead Permission = "settings.read"
	// SettingsWrite is changing what holds for everybody.
	SettingsWrite Permission = "settings.write"
	PolicyRead    Permission = "policy.read"
	// PolicyWrite is changing what is asked of tokens.
	PolicyWrite Permission = "policy.write"
)

// permissions joins roles and permissions. A role that lacks a row here has
// none; members act through their repositories only.
var permissions = map[Role][]Permission{
	RoleOwner:         {RepositoryRead, RepositoryWrite, TokenRead, TokenWrite, ScopeRead, ScopeWrite, UserRead, UserWrite, AccessWrite, AuditRead, SettingsRead, SettingsWrite, PolicyRead, PolicyWrite},
	RoleAdministrator: {RepositoryRead, RepositoryWrite, TokenRead, TokenWrite, ScopeRead, ScopeWrite, UserRead, AccessWrite, AuditRead, SettingsRead, PolicyRead},
	RoleAuditor:       {RepositoryRead, TokenRead, ScopeRead, UserRead, AuditRead, SettingsRead, PolicyRead},
	RoleMember:        {},
}

// May reports whether r includes perm everywhere.
func (r Role) May(perm Permission) bool { return slices.Contains(permissions[r], perm) }
