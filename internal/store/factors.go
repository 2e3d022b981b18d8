package store

import (
	"context"
	"time"

	"latchkey/internal/console"
)

// FactorMaterial is a second factor with what it is checked against. It stays
// below the surfaces.
type FactorMaterial struct {
	console.Factor
	Handle   string
	Material []byte
	// LastStep is that of the last one-time code that was used.
	LastStep int64
}

type factorRow struct {
	GUID      string `gorm:"column:guid;primaryKey"`
	UserGUID  string `gorm:"column:user_guid"`
	Kind      string
	Name      string
	Handle    string
	Material  []byte
	LastStep  int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	UsedAt    *int64
}

func (factorRow) TableName() string { return "factors" }

func (r factorRow) factor() FactorMaterial {
	return FactorMaterial{
		Factor: console.Factor{
			GUID: console.GUID(r.GUID), User: console.GUID(r.UserGUID), Kind: console.FactorKind(r.Kind), Name: r.Name,
			CreatedAt: fromMillis(r.CreatedAt), UsedAt: fromOptional(r.UsedAt),
		},
		Handle: r.Handle, Material: r.Material, LastStep: r.LastStep,
	}
}

// InsertFactor adds a second factor. A generator of codes beside another one,
// or a passkey that is known already, is a conflict.
func (s *Store) InsertFactor(ctx context.Context, f FactorMaterial) error {
	return s.writer(ctx).Create(&factorRow{
		GUID: string(f.GUID), UserGUID: string(f.User), Kind: string(f.Kind), Name: f.Name,
		Handle: f.Handle, Material: f.Material, LastStep: f.LastStep, CreatedAt: millis(f.CreatedAt), UsedAt: optional(f.UsedAt),
	}).Error
}

// ListFactors returns a person's second factors, the oldest first.
func (s *Store) ListFactors(ctx context.Context, user console.GUID) ([]FactorMaterial, error) {
	var rows []factorRow
	err := s.reader(ctx).Where("user_guid = ?", string(user)).Order("created_at, guid").Find(&rows).Error
	factors := make([]FactorMaterial, len(rows))
	for i, row := range rows {
		factors[i] = row.factor()
	}
	return factors, err
}

// HasFactor reports whether a person has a second factor.
func (s *Store) HasFactor(ctx context.Context, user console.GUID) (bool, error) {
	var found string
	err := s.reader(ctx).Raw(`SELECT guid FROM factors WHERE user_guid = ? LIMIT 1`, string(user)).Scan(&found).Error
	return found != "", err
}

// RenameFactor gives a second factor another name.
func (s *Store) RenameFactor(ctx context.Context, guid console.GUID, name string) error {
	return s.writer(ctx).Exec(`UPDATE factors SET name = ? WHERE guid = ?`, name, string(guid)).Error
}

// UseStep notes that the code of a time step was used, and reports false when
// that or a later one was used before: of many at once, one succeeds.
func (s *Store) UseStep(ctx context.Context, guid console.GUID, step int64, now time.Time) (bool, error) {
	done := s.writer(ctx).Exec(`UPDATE factors SET last_step = ?, used_at = ? WHERE guid = ? AND last_step < ?`,
		step, millis(now), string(guid), step)
	return done.RowsAffected == 1, done.Error
}

// UsePasskey keeps a passkey as it is after it was used.
func (s *Store) UsePasskey(ctx context.Context, guid console.GUID, material []byte, now time.Time) error {
	return s.writer(ctx).Exec(`UPDATE factors SET material = ?, used_at = ? WHERE guid = ?`, material, millis(now), string(guid)).Error
}

// DeleteFactor removes a second factor.
func (s *Store) DeleteFactor(ctx context.Context, guid console.GUID) error {
	return s.writer(ctx).Exec(`DELETE FROM factors WHERE guid = ?`, string(guid)).Error
}

// DeleteFactorsOf removes all of a person's second factors.
func (s *Store) DeleteFactorsOf(ctx context.Context, user console.GUID) error {
	return s.writer(ctx).Exec(`DELETE FROM factors WHERE user_guid = ?`, string(user)).Error
}

// ReplaceRecoveryCodes makes those of the hashes the person's only ones.
func (s *Store) ReplaceRecoveryCodes(ctx context.Context, user console.GUID, hashes []string) error {
	if err := s.writer(ctx).Exec(`DELETE FROM recovery_codes WHERE user_guid = ?`, string(user)).Error; err != nil {
		return err
	}
	for _, hash := range hashes {
		err := s.writer(ctx).Exec(`INSERT INTO recovery_codes (user_guid, hash) VALUES (?, ?)`, string(user), hash).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// CountRecoveryCodes is how many a person has left.
func (s *Store) CountRecoveryCodes(ctx context.Context, user console.GUID) (int, error) {
	var n int
	err := s.reader(ctx).Raw(`SELECT count(*) FROM recovery_codes WHERE user_guid = ?`, string(user)).Scan(&n).Error
	return n, err
}

// DeleteRecoveryCode uses one up, and reports whether there was one.
func (s *Store) DeleteRecoveryCode(ctx context.Context, user console.GUID, hash string) (bool, error) {
	done := s.writer(ctx).Exec(`DELETE FROM recovery_codes WHERE user_guid = ? AND hash = ?`, string(user), hash)
	return done.RowsAffected == 1, done.Error
}
