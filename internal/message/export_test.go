// SPDX-License-Identifier: Apache-2.0

package message

// Pace has an organisation send so many messages an hour.
func (s *Service) Pace(perHour int64) { s.perHour = perHour }
