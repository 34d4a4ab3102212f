// SPDX-License-Identifier: Apache-2.0

package lawful

// words is one sentence in the three languages, for the people who read it:
// plain, exact, complete; who did what and when; no word of the trade, no
// identifier. {on} is a date with its preposition, {from} a source in brackets or nothing.
type words struct{ it, en, fr string }

func (w words) in(lang string) string {
	switch lang {
	case "it":
		return w.it
	case "fr":
		return w.fr
	}
	return w.en
}

func sentence(key string) words {
	for _, group := range []func(string) words{permissionWords, personWords, consentWords, questionWords, basisWords} {
		if w := group(key); w.en != "" {
			return w
		}
	}
	return words{"Questo uso non è consentito.", "This use is not permitted.", "Cet usage n’est pas permis."}
}

func permissionWords(key string) words {
	switch key {
	case string(ReasonConsentGiven):
		return words{
			"La persona ha dato il consenso {on}{from}.",
			"The person gave consent {on}{from}.",
			"La personne a donné son consentement {on}{from}.",
		}
	case sayConfirmed:
		return words{
			"La persona ha dato il consenso {on}{from} e lo ha poi confermato.",
			"The person gave consent {on}{from} and confirmed it afterwards.",
			"La personne a donné son consentement {on}{from}, puis l’a confirmé.",
		}
	case string(ReasonConsentDeclared):
		return words{
			"La prova è debole: il consenso è dichiarato{from} ma non dimostrato; la decisione scritta di farvi affidamento è stata presa da: {who}.",
			"The proof is weak: the consent is stated{from} but not shown; the written decision to rely on it was made by: {who}.",
			"La preuve est faible : le consentement est déclaré{from} mais non démontré ; la décision écrite de s’y fier a été prise par : {who}.",
		}
	case sayDeclaredMinimum:
		return words{
			"La prova è debole: il consenso è dichiarato{from} ma non dimostrato; il titolare ha stabilito che per questa finalità basta.",
			"The proof is weak: the consent is stated{from} but not shown; the organisation decided that this is enough for this purpose.",
			"La preuve est faible : le consentement est déclaré{from} mais non démontré ; le responsable du traitement a décidé que cela suffit pour cette finalité.",
		}
	case string(ReasonContract):
		return words{
			"Con questa persona è aperto un rapporto contrattuale {since}.",
			"A contractual relation with this person has been open {since}.",
			"Une relation contractuelle est ouverte avec cette personne {since}.",
		}
	case string(ReasonLegalObligation):
		return words{
			"Questo uso è richiesto dalla legge: {law}.",
			"This use is required by law: {law}.",
			"Cet usage est exigé par la loi : {law}.",
		}
	}
	return words{}
}

func personWords(key string) words {
	switch key {
	case string(ReasonErased):
		return words{"I dati di questa persona sono stati cancellati: il contatto non può essere usato di nuovo.", "This person’s data has been erased: the contact may not be used again.", "Les données de cette personne ont été effacées : le contact ne peut plus être utilisé."}
	case string(ReasonUnknownSubject):
		return words{"Di questa persona non risulta nulla.", "Nothing is on record about this person.", "Rien n’est enregistré au sujet de cette personne."}
	case string(ReasonSuppressed):
		return words{"Il contatto risulta bloccato in {system} {since}, per una causa ignota.", "The contact has been blocked in {system} {since}, cause unknown.", "Le contact est bloqué dans {system} {since}, cause inconnue."}
	case string(ReasonObjected):
		return words{"La persona si è opposta a questo uso {on}{from}.", "The person objected to this use {on}{from}.", "La personne s’est opposée à cet usage {on}{from}."}
	case string(ReasonWithdrawn):
		return words{"La persona ha revocato il consenso {on}{from}.", "The person withdrew consent {on}{from}.", "La personne a retiré son consentement {on}{from}."}
	case string(ReasonRefused):
		return words{"La persona ha negato il consenso {on}{from}.", "The person refused consent {on}{from}.", "La personne a refusé son consentement {on}{from}."}
	case string(ReasonRestricted):
		return words{"I dati di questa persona sono soggetti a limitazione {since}: si conservano ma non si usano.", "This person’s data has been restricted {since}: it is kept but not used.", "Les données de cette personne font l’objet d’une limitation {since} : elles sont conservées mais pas utilisées."}
	case string(ReasonDeceased):
		return words{"Questa persona risulta deceduta.", "This person is recorded as deceased.", "Cette personne est enregistrée comme décédée."}
	case string(ReasonUndeliverable):
		return words{"I messaggi a questo contatto non arrivano {since}.", "Messages to this contact have not been arriving {since}.", "Les messages envoyés à ce contact n’arrivent plus {since}."}
	}
	return words{}
}

func consentWords(key string) words {
	switch key {
	case string(ReasonNoChoice):
		return words{"La persona non ha dato un consenso per questa finalità su questo canale.", "The person has not given consent for this purpose on this channel.", "La personne n’a pas donné de consentement pour cette finalité sur ce canal."}
	case sayNotReached:
		return words{"Nessuno dei recapiti indicati può essere raggiunto su questo canale.", "None of the contacts asked about can be reached on this channel.", "Aucune des coordonnées indiquées ne peut être jointe sur ce canal."}
	case string(ReasonConfirmationPending):
		return words{"Il consenso dato {on}{from} non è ancora stato confermato.", "The consent given {on}{from} has not been confirmed yet.", "Le consentement donné {on}{from} n’a pas encore été confirmé."}
	case string(ReasonConsentInvalid):
		return words{"Il consenso registrato {on}{from} non è valido: {why}.", "The consent recorded {on}{from} is not valid: {why}.", "Le consentement enregistré {on}{from} n’est pas valable : {why}."}
	case string(ReasonConsentNotForUs):
		return words{"Il consenso dato {on}{from} non nomina questo titolare.", "The consent given {on}{from} does not name this organisation.", "Le consentement donné {on}{from} ne désigne pas ce responsable du traitement."}
	case string(ReasonEvidenceInsufficient):
		return words{"Il consenso dichiarato {on}{from} non è provato abbastanza per questa finalità: {why}.", "The consent stated {on}{from} is not proven well enough for this purpose: {why}.", "Le consentement déclaré {on}{from} n’est pas assez prouvé pour cette finalité : {why}."}
	case string(ReasonNoticeMissing):
		return words{"Non risulta quale informativa sia stata mostrata con il consenso dato {on}{from}.", "It is not on record which notice was shown with the consent given {on}{from}.", "Aucune mention d’information n’est enregistrée pour le consentement donné {on}{from}."}
	case string(ReasonNoticeSuperseded):
		return words{"Il consenso dato {on}{from} va chiesto di nuovo, perché l’informativa è cambiata {end}.", "The consent given {on}{from} has to be asked for again, because the notice changed {end}.", "Le consentement donné {on}{from} doit être redemandé, car la mention d’information a changé {end}."}
	case string(ReasonExpired):
		return words{"Il consenso dato {on}{from} è scaduto {last}.", "The consent given {on}{from} expired {last}.", "Le consentement donné {on}{from} a expiré {last}."}
	}
	return words{}
}

func questionWords(key string) words {
	switch key {
	case string(ReasonPurposeUnknown):
		return words{"Questa finalità non è dichiarata.", "This purpose is not declared.", "Cette finalité n’est pas déclarée."}
	case string(ReasonPurposeRetired):
		return words{"Questa finalità è cessata {on}.", "This purpose was retired {on}.", "Cette finalité a pris fin {on}."}
	case string(ReasonChannelNotDeclared):
		return words{"Questa finalità non prevede l’uso di questo canale.", "This purpose does not provide for this channel.", "Cette finalité ne prévoit pas l’usage de ce canal."}
	case string(ReasonOperationNotDeclared):
		return words{"L’operazione richiesta non è tra quelle dichiarate per questa finalità.", "The operation asked about is not declared for this purpose.", "L’opération demandée n’est pas déclarée pour cette finalité."}
	case string(ReasonDataNotDeclared):
		return words{"Alcuni dei dati richiesti non sono dichiarati per questa finalità.", "Some of the data asked about is not declared for this purpose.", "Certaines des données demandées ne sont pas déclarées pour cette finalité."}
	case string(ReasonContentNotDeclared):
		return words{"Questa finalità non prevede contenuti di questo tipo.", "This purpose does not provide for content of this kind.", "Cette finalité ne prévoit pas de contenus de ce type."}
	case string(ReasonRecipientNotDeclared):
		return words{"Questo destinatario non è dichiarato per questa finalità.", "This recipient is not declared for this purpose.", "Ce destinataire n’est pas déclaré pour cette finalité."}
	case string(ReasonContractMissing):
		return words{"Con questo destinatario non c’è un contratto in vigore.", "There is no contract in force with this recipient.", "Aucun contrat n’est en vigueur avec ce destinataire."}
	}
	return words{}
}

func basisWords(key string) words {
	switch key {
	case sayNotCarried:
		return words{"La base giuridica dichiarata per questa finalità non basta a consentire questo uso.", "The legal basis declared for this purpose does not suffice to permit this use.", "La base légale déclarée pour cette finalité ne suffit pas à permettre cet usage."}
	case sayMarketingBasis:
		return words{"Il marketing non può fondarsi su un contratto né su un obbligo di legge.", "Marketing cannot rest on a contract or on a legal obligation.", "La prospection ne peut reposer ni sur un contrat ni sur une obligation légale."}
	case sayLawUnnamed:
		return words{"Non è indicata la legge che imporrebbe questo uso.", "The law said to require this use is not named.", "La loi qui imposerait cet usage n’est pas indiquée."}
	case sayNoRelation:
		return words{"Non risulta aperto alcun rapporto contrattuale con questa persona.", "No open contractual relation with this person is on record.", "Aucune relation contractuelle en cours n’est enregistrée avec cette personne."}
	}
	return words{}
}

// whySentence finishes a sentence on the grade of a yes.
func whySentence(why string) words {
	switch why {
	case WhyTicked:
		return words{"la casella era già spuntata", "the box came already ticked", "la case était déjà cochée"}
	case WhyCondition:
		return words{"era la condizione per ottenere altro", "it was a condition for something else", "il conditionnait autre chose"}
	case WhyBundled:
		return words{"un solo gesto valeva per più finalità", "one act stood for several purposes", "un seul geste valait pour plusieurs finalités"}
	case WhyNotice:
		return words{"l’informativa mostrata è stata dichiarata non valida", "the notice shown has been declared invalid", "la mention d’information montrée a été déclarée invalide"}
	case WhyOperator:
		return words{"lo ha impostato un operatore, non la persona", "an operator set it, not the person", "il a été coché par un opérateur, non par la personne"}
	case WhyNoEvidence:
		return words{"nulla mostra l’atto della persona", "nothing shows the person’s act", "rien ne montre l’acte de la personne"}
	case WhyWeakMethod:
		return words{"il modo in cui è stato raccolto non lascia una prova", "the way it was collected leaves no proof", "la façon dont il a été recueilli ne laisse pas de preuve"}
	case WhyUndated:
		return words{"l’atto non ha una data propria", "the act has no date of its own", "l’acte n’a pas de date propre"}
	case WhyActorUnknown:
		return words{"non risulta chi lo abbia dato", "it is not on record who gave it", "on ne sait pas qui l’a donné"}
	case WhyDatedAct:
		return words{"manca la conferma", "the confirmation is missing", "la confirmation manque"}
	case WhyConfirmed:
		return words{"la prova non raggiunge il grado richiesto", "the proof is below the grade required", "la preuve n’atteint pas le degré requis"}
	}
	return words{}
}
