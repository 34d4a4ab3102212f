// SPDX-License-Identifier: Apache-2.0

package notice_test

import (
	"testing"

	"github.com/lecito/lecito/internal/notice"
)

// plain and clerical say the same in two ways, in each language.
func plain() map[string][2]string {
	return map[string][2]string{
		"it": {
			"Usiamo il suo indirizzo per mandarle le novità. Può dire di no quando vuole. Basta un clic.",
			"Il trattamento dei dati personali dell'interessato, effettuato per finalità di comunicazione commerciale, si fonda sul consenso preventivamente manifestato, revocabile in qualsivoglia momento mediante apposita comunicazione.",
		},
		"en": {
			"We use your address to send you our news. You can say no when you want. One click is enough.",
			"Processing of personal information pertaining to data subjects for commercial communication purposes necessitates previously manifested authorisation, revocable notwithstanding antecedent declarations.",
		},
		"fr": {
			"Nous prenons votre adresse pour vous dire nos offres. Vous pouvez dire non quand vous voulez. Un clic suffit.",
			"Le traitement des informations nominatives effectué à des finalités de communication commerciale nécessite une autorisation préalablement manifestée, révocable nonobstant toute déclaration antérieure.",
		},
		"de": {
			"Wir nutzen Ihre Adresse, um Ihnen zu schreiben. Sie können immer Nein sagen. Ein Klick genügt dafür.",
			"Datenverarbeitungsvorgänge zu kommunikationswirtschaftlichen Zwecken unterliegen einer vorhergehenden, jederzeit widerruflichen Einwilligungserklärung der betroffenen Personen.",
		},
		"es": {
			"Usamos su dirección para darle las novedades. Puede decir que no cuando quiera. Basta con un clic.",
			"El tratamiento de informaciones personales efectuado con finalidades de comunicación comercial necesita una autorización previamente manifestada, revocable independientemente de declaraciones anteriores.",
		},
	}
}

func TestPlainWordsMeasureAsPlainInEachLanguage(t *testing.T) {
	for language, texts := range plain() {
		good, ok := notice.Readable(texts[0], language)
		bad, ok2 := notice.Readable(texts[1], language)
		if !ok || !ok2 || good.Formula == "" {
			t.Fatalf("%s: not measured", language)
		}
		if good.Score < notice.Plain || bad.Score >= notice.Hard {
			t.Errorf("%s: plain words measure %d, clerical ones %d", language, good.Score, bad.Score)
		}
	}
}

// The worked example of Gulpease: 89 + (300 x 2 sentences - 10 x 40 letters) / 10 words.
func TestGulpeaseIsItsFormula(t *testing.T) {
	m, ok := notice.Readable("Casa mare sole luna pane. Fior vino olio sale neve.", "it-CH")
	if !ok || m.Score != 100 { // 89 + (600-400)/10 = 109, held at 100
		t.Errorf("got %+v, %v", m, ok)
	}
	m, _ = notice.Readable("Informative personali trattamento finalità consenso revoca titolare interessato conservazione destinatari", "it")
	if want := 89 + (300-10*96)/10; m.Score != want { // one sentence, ten words, 96 letters
		t.Errorf("got %d, want %d", m.Score, want)
	}
}

func TestAFullStopAfterAShortWordOrANumberEndsNoSentence(t *testing.T) {
	with, _ := notice.Readable("La base è il consenso, art. 6, par. 1, lett. a, del regolamento n. 679 del 2016.", "it")
	without, _ := notice.Readable("La base è il consenso, art 6, par 1, lett a, del regolamento n 679 del 2016", "it")
	if with.Score != without.Score {
		t.Errorf("with stops %d, without %d", with.Score, without.Score)
	}
}

func TestWhatCannotBeMeasuredIsNot(t *testing.T) {
	for language, text := range map[string]string{"it": "Troppo breve.", "pl": plain()["en"][0], "": plain()["en"][0]} {
		if m, ok := notice.Readable(text, language); ok {
			t.Errorf("%q measures %+v", language, m)
		}
	}
}
