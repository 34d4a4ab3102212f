// SPDX-License-Identifier: Apache-2.0

package sample

// givenNames and familyNames are common Italian names, put together at random.
func givenNames() []string {
	return []string{
		"Alessandro", "Alice", "Andrea", "Anna", "Antonio", "Beatrice", "Bianca", "Camilla", "Carlo", "Chiara",
		"Claudia", "Cristina", "Daniele", "Davide", "Diego", "Edoardo", "Elena", "Elisa", "Emanuele", "Enrico",
		"Fabio", "Federica", "Federico", "Filippo", "Francesca", "Francesco", "Gabriele", "Giacomo", "Giada", "Giorgia",
		"Giovanni", "Giulia", "Giulio", "Greta", "Ilaria", "Irene", "Laura", "Leonardo", "Lorenzo", "Luca",
		"Lucia", "Marco", "Margherita", "Maria", "Marta", "Martina", "Matilde", "Matteo", "Michele", "Nicola",
		"Niccolò", "Noemi", "Paola", "Paolo", "Pietro", "Riccardo", "Roberto", "Sara", "Silvia", "Simone",
		"Sofia", "Stefano", "Teresa", "Tommaso", "Valentina", "Valeria", "Veronica", "Vittoria", "Viola", "Vincenzo",
	}
}

func familyNames() []string {
	return []string{
		"Amato", "Barbieri", "Basile", "Battaglia", "Bellini", "Benedetti", "Bernardi", "Bianchi", "Bianco", "Bruno",
		"Caputo", "Carbone", "Caruso", "Cattaneo", "Colombo", "Conte", "Conti", "Coppola", "Costa", "D'Amico",
		"D'Angelo", "De Luca", "De Santis", "Esposito", "Fabbri", "Farina", "Ferrara", "Ferrari", "Ferri", "Ferraro",
		"Fontana", "Galli", "Gallo", "Gatti", "Gentile", "Giordano", "Grassi", "Greco", "Guerra", "Leone",
		"Lombardi", "Longo", "Mancini", "Marchetti", "Mariani", "Marini", "Marino", "Martinelli", "Martini", "Mazza",
		"Messina", "Monti", "Morelli", "Moretti", "Negri", "Orlando", "Palmieri", "Palumbo", "Parisi", "Pellegrini",
		"Ricci", "Rinaldi", "Riva", "Rizzi", "Rizzo", "Romano", "Rossetti", "Rossi", "Ruggiero", "Russo",
		"Sala", "Sanna", "Santoro", "Serra", "Silvestri", "Sorrentino", "Testa", "Valentini", "Villa", "Vitale",
	}
}

func streets() []string {
	return []string{
		"dei Serragli", "della Scala", "Maggio", "Romana", "Faenza", "Ghibellina", "dei Neri", "San Gallo",
		"degli Alfani", "Santo Spirito", "della Vigna", "Pisana", "Aretina", "Senese",
	}
}

func agents() []string {
	return []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/128.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15",
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Safari/605.1.15",
	}
}
