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
	// MemberRead is seeing who is a member of a repository.
	MemberRead Permission = "member.read"
	// UserWrite is inviting, changing and removing people.
	UserWrite Permission = "user.write"
	// UserInvite is inviting people as members, and nothing else about them.
	UserInvite Permission = "user.invite"
	// AccessWrite is changing which repositories and scopes members have.
	AccessWrite Permission = "access.write"
	// AssetWrite is registering dashboards and other assets of a repository.
	AssetWrite   Permission = "asset.write"
	AuditRead    Permission = "audit.read"
	SettingsRead Permission = "settings.read"
	// SettingsWrite is changing what holds for everybody.
	SettingsWrite Permission = "settings.write"
	// IPFilterRead is seeing every IP filter. Whoever sees a token sees its own.
	IPFilterRead  Permission = "ip_filter.read"
	IPFilterWrite Permission = "ip_filter.write"
	PolicyRead    Permission = "policy.read"
	// PolicyWrite is changing what is asked of tokens.
	PolicyWrite Permission = "policy.write"
)

// holders joins permissions and roles. A role that stands in no line has none;
// members act through their repositories only.
var holders = map[Permission][]Role{
	RepositoryRead:  {RoleOwner, RoleAdministrator, RoleAuditor},
	RepositoryWrite: {RoleOwner, RoleAdministrator},
	TokenRead:       {RoleOwner, RoleAdministrator, RoleAuditor},
	TokenWrite:      {RoleOwner, RoleAdministrator},
	ScopeRead:       {RoleOwner, RoleAdministrator, RoleAuditor},
	ScopeWrite:      {RoleOwner, RoleAdministrator},
	UserRead:        {RoleOwner, RoleAdministrator, RoleAuditor},
	MemberRead:      {RoleOwner, RoleAdministrator, RoleAuditor},
	UserWrite:       {RoleOwner},
	UserInvite:      {RoleOwner},
	AccessWrite:     {RoleOwner, RoleAdministrator},
	AssetWrite:      {RoleOwner, RoleAdministrator},
	AuditRead:       {RoleOwner, RoleAdministrator, RoleAuditor},
	IPFilterRead:    {RoleOwner, RoleAdministrator, RoleAuditor},
	IPFilterWrite:   {RoleOwner, RoleAdministrator},
	PolicyRead:      {RoleOwner, RoleAdministrator, RoleAuditor},
	PolicyWrite:     {RoleOwner},
	SettingsRead:    {RoleOwner, RoleAdministrator, RoleAuditor},
	SettingsWrite:   {RoleOwner},
}

// May reports whether r includes perm everywhere.
func (r Role) May(perm Permission) bool { return slices.Contains(holders[perm], r) }
