# Les textes des pages en français.

## Signing in

sign-in-title = Se connecter
sign-in-to = Se connecter à { $server }
sign-in-for = Une fois connecté, vous décidez sur la page suivante si { $client } obtient l’accès.
user-name = Nom d’utilisateur
password = Mot de passe
sign-in = Se connecter
wrong-credentials = Le nom d’utilisateur ou le mot de passe est incorrect.
too-many-attempts = Il y a eu trop de tentatives. Réessayez { $when }.
too-many-people = Trop de personnes se connectent en ce moment. Réessayez.
outdated = Ce que vous avez envoyé n’était plus à jour et n’a pas été utilisé. Cette page est à jour.

## Consent

consent-title = Autoriser l’accès ?
consent-question = Autoriser { $client } à utiliser { $server } ?
unnamed-application = une application sans nom
by-operator = L’exploitant de ce serveur a enregistré l’application.
verified = Vérifié : l’application est publiée par { $host }, et l’accès est donné à cette adresse.
described-elsewhere = L’application est décrite sur { $host }, mais l’accès serait donné à une autre adresse, que personne n’a vérifiée. N’autorisez l’accès que si vous connaissez l’adresse ci-dessous.
unverified = N’importe qui peut utiliser ce nom, et personne ne l’a vérifié. N’autorisez l’accès que si vous connaissez l’adresse ci-dessous.
returns-to = L’accès est donné à
on-this-device = une application sur cet appareil ({ $place })
opens-on-this-device = l’application de cet appareil qui ouvre les liens en { $scheme }
asks-to-use = Serveur
signed-in-as = Vous êtes connecté en tant que
permissions = Elle demande ces autorisations
scope-in-words = { $words } ({ $scope })
scope-profile = voir votre nom
scope-email = voir votre adresse e-mail
always-required = { $scope }, toujours nécessaire
loopback-warning = L’application s’exécute sur cet appareil, et rien ne prouve de quelle application il s’agit.
private-use-warning = La réponse ouvre une application sur cet appareil. N’importe quelle application peut réclamer de tels liens, et rien ne prouve de laquelle il s’agit.
provider-next = Si vous autorisez l’accès, vous vous connectez ensuite sur { $host }. Vous pouvez aussi y choisir un autre compte.
did-you-start = N’autorisez l’accès que si vous venez de lancer cette connexion vous-même. Si quelqu’un vous a envoyé un lien vers cette page, choisissez « { deny } ».
another-account = Utiliser un autre compte
allow = Autoriser
deny = Refuser

## Connections

sign-in-for-connections = Vous voyez ensuite quelles applications ont accès en votre nom et pouvez y mettre fin.
sign-in-at = Vous vous connectez ensuite sur { $host }.
connections-on-the-way = Vous allez être dirigé vers vos connexions.
connections-title = Vos connexions
connections-count = Vos connexions ({ $count })
connections-shown = Cette page en montre { $first } à { $last } sur { $count }, les plus récentes d’abord.
connections-purpose = Ces applications ont accès à { $server } en votre nom. Mettez fin à ce que vous n’utilisez pas ou ne connaissez pas.
no-connections = Aucune application n’a accès en votre nom.
connection-of = Connexion : { $client }
removed-application = une application supprimée
only-described = L’application est décrite sur { $host }, mais l’accès a été donné à une autre adresse, que personne n’a vérifiée.
own-name = Personne n’a vérifié le nom de cette application.
connected-since = Connectée depuis
last-used = Dernière utilisation
not-known = Inconnue
seen-from = { $when }, depuis le réseau { $network }
granted-permissions = Autorisations
end-connection = Mettre fin à la connexion : { $client }
end-all = Mettre fin à toutes les connexions et à tous les jetons, et se déconnecter ailleurs
end-all-title = Mettre fin à toutes les connexions et à tous les jetons, et se déconnecter ailleurs ?
end-all-connections = { $count ->
    [one] { $count } connexion d’une application à { $server } prendra fin.
   *[other] { $count } connexions d’applications à { $server } prendront fin.
 }
end-all-tokens = { $count ->
    [one] { $count } jeton d’accès personnel prendra fin.
   *[other] { $count } jetons d’accès personnels prendront fin.
 }
end-all-sessions = { $count ->
    [one] Vous serez déconnecté de { $count } autre navigateur.
   *[other] Vous serez déconnecté de { $count } autres navigateurs.
 }
end-all-words = Ce qui prend fin sera refusé au plus tard { $when }. Les applications que vous voulez garder doivent être connectées à nouveau, et les jetons créés à nouveau.
ended-one = La connexion a pris fin. L’application peut encore avoir accès, mais elle le perdra au plus tard { $when }.
ended-all = Toutes les connexions et tous les jetons d’accès personnels ont pris fin, et vous êtes déconnecté de tous les autres navigateurs. Ce qui a pris fin peut encore fonctionner, mais cessera de fonctionner au plus tard { $when }.
ended-before = Cette connexion avait déjà pris fin.
older = Connexions plus anciennes
newer = Connexions plus récentes
download-json = Télécharger au format JSON
sign-out = Se déconnecter
signed-out-title = Vous êtes déconnecté
signed-out-words = Vos applications conservent leur accès.
nothing-done = Rien n’a été modifié, car vous étiez déconnecté. Connectez-vous et réessayez.
cancel = Annuler
try-again = Réessayer

## Personal access tokens

personal-title = Jetons d’accès personnels
personal-purpose = Avec un tel jeton, un script ou une application qui ne peut pas se connecter utilise { $server } en votre nom. Toute personne qui possède un jeton a l’accès qu’il donne : gardez-le comme un mot de passe.
no-personal-tokens = Vous n’avez aucun jeton d’accès personnel.
personal-token-of = Jeton : { $name }
token-made = Créé
token-ends = Prend fin de lui-même
end-token = Mettre fin au jeton : { $name }
ended-token = Le jeton a pris fin. Il peut encore fonctionner, mais il cessera de fonctionner au plus tard { $when }.
older-tokens = Jetons plus anciens
newer-tokens = Jetons plus récents
new-token = Créer un jeton
new-token-title = Créer un jeton d’accès personnel
token-name = À quoi sert le jeton ?
token-days = Nombre de jours jusqu’à sa fin ({ $count } au plus)
create-token = Créer ce jeton
token-created-title = Votre nouveau jeton
token-shown-once = Copiez le jeton maintenant : il n’est affiché qu’une seule fois. Conservez-le là où vous conservez vos mots de passe.
token-header = Envoyez-le dans cet en-tête avec chaque requête
token-try = Pour l’essayer, saisissez dans un terminal
token-made-before = Ce formulaire a déjà créé un jeton, et un jeton n’est affiché qu’une seule fois. Si vous ne l’avez pas copié, mettez-y fin et créez-en un autre.
tokens-too-many = { $count ->
    [one] Vous avez { $count } jeton, c’est le maximum. Mettez fin à l’un de ceux dont vous n’avez pas besoin.
   *[other] Vous avez { $count } jetons, c’est le maximum. Mettez fin à l’un de ceux dont vous n’avez pas besoin.
 }
tokens-too-many-ended = Vous avez mis fin à trop de jetons avant leur terme. Vous pourrez en créer un quand certains d’entre eux auraient pris fin d’eux-mêmes.
token-name-missing = Indiquez un nom court qui dit à quoi sert le jeton.
token-days-wrong = { $count ->
    [one] Le jeton peut durer { $count } jour.
   *[other] Le jeton peut durer de 1 à { $count } jours.
 }
token-too-long = Avec ces autorisations, le jeton serait trop long. Choisissez-en moins.
tokens-without-list = Aucun jeton ne peut être créé pour le moment, car ce serveur ne pourrait pas y mettre fin. Votre administrateur peut en trouver la raison.
tokens-off = Ce serveur ne propose pas de jetons d’accès personnels.
back-to-connections = Retour à vos connexions
## Votre compte

sign-in-for-account = Vous verrez ensuite comment vous vous connectez et pourrez le modifier.
account-title = Votre compte
account-open = Mot de passe et compte
present-password = Mot de passe actuel
new-password = Nouveau mot de passe, au moins { $count } caractères
repeat-password = Nouveau mot de passe, une seconde fois
change-password = Changer le mot de passe
password-change-effect = Vous serez déconnecté de tous les autres navigateurs. Vos applications conservent leur accès.
password-by-administrator = Seul votre administrateur peut changer votre mot de passe.
password-changed = Votre mot de passe a été changé et vous êtes déconnecté de tous les autres navigateurs. Vos applications conservent leur accès.
present-password-wrong = Le mot de passe actuel est incorrect.
passwords-differ = Les deux nouveaux mots de passe ne sont pas identiques. Saisissez-les à nouveau.
password-same = Le nouveau mot de passe est identique à l’actuel. Choisissez-en un autre.
password-short = Le nouveau mot de passe compte moins de { $count } caractères. Choisissez-en un plus long.
password-guessable = Le nouveau mot de passe est facile à deviner : il se compose surtout de mots courants, de noms, de répétitions ou de suites. Choisissez-en un autre, par exemple plusieurs mots sans rapport entre eux.
password-not-written = Le mot de passe n’a pas été changé, car ce serveur ne peut pas l’enregistrer. Votre administrateur peut en trouver la raison.

## Le second facteur

second-factor-title = Saisir un code
second-factor-prompt = Saisissez les six chiffres affichés par votre application d’authentification. Si vous ne l’avez plus, saisissez l’un de vos codes de récupération.
code = Code
code-wrong = Le code est incorrect ou a déjà été utilisé. Saisissez le prochain code affiché par l’application.
second-factor = Code d’une application
second-factor-off = Avec votre mot de passe, aucun code n’est demandé. Si vous activez cette option, il vous faudra aussi un code d’une application sur votre téléphone : connaître votre mot de passe ne suffira plus pour se connecter.
second-factor-demanded = Votre administrateur l’exige, vous ne pouvez donc pas la désactiver. Si vous perdez votre téléphone, votre administrateur peut la réinitialiser.
second-factor-turned-off = Désactivé. Vous vous connectez avec votre seul mot de passe.
turn-off = Désactiver
set-up = Configurer
set-up-title = Configurer un code d’une application
set-up-required = Pour vous connecter à ce serveur, il vous faut, en plus de votre mot de passe, un code d’une application sur votre téléphone. Configurez-le maintenant.
set-up-how = Scannez cette image avec une application d’authentification sur votre téléphone, ou saisissez-y la clé. Saisissez ensuite les six chiffres qu’elle affiche.
set-up-picture = Code QR pour votre application d’authentification
set-up-key = Clé
set-up-open = Ouvrir dans une application sur cet appareil
set-up-code = Code affiché par l’application
set-up-effect = Vous serez déconnecté de tous les autres navigateurs. Vos applications conservent leur accès.
set-up-since = Configuré le
recovery-title = Vos codes de récupération
recovery-words = Si vous perdez votre téléphone, vous pourrez vous connecter avec l’un de ces codes. Chacun ne fonctionne qu’une fois. Conservez-les en lieu sûr : ils ne seront plus affichés.
recovery-codes = Codes de récupération
recovery-codes-left = { $count ->
    [one] { $count } code restant
   *[other] { $count } codes restants
 }
recovery-codes-new = Pour obtenir de nouveaux codes de récupération, désactivez l’option et configurez-la à nouveau.

## Clés d’accès

passkey-sign-in = Se connecter avec une clé d’accès
passkey-failed = La connexion avec une clé d’accès n’a pas abouti. Réessayez, ou connectez-vous avec votre mot de passe.
passkeys = Clés d’accès
passkeys-what = Avec une clé d’accès, vous vous connectez avec votre empreinte digitale, votre visage ou le code de votre appareil. Vous n’avez alors besoin ni de votre mot de passe ni d’un code.
passkey-name = Comment appelez-vous cette clé d’accès ? Nommez par exemple l’appareil.
passkey-called = Nom
passkey-host = Pour
passkey-added-on = Ajoutée le
not-used = Pas encore
passkey-remove = Supprimer { $name }
passkey-add = Ajouter une clé d’accès
passkey-how = Montrez d’abord que c’est bien vous. Votre navigateur vous demande ensuite de déverrouiller votre appareil et y enregistre la clé d’accès.
passkey-next = Votre navigateur vous demande maintenant de déverrouiller votre appareil.
passkey-make = Créer la clé d’accès
passkey-unsupported = Ce navigateur ne peut pas créer de clé d’accès ici. Utilisez un autre navigateur, ou autorisez JavaScript pour cette page.
passkey-not-added = La clé d’accès n’a pas été ajoutée. Réessayez, ou utilisez un autre appareil.
passkey-added = La clé d’accès a été ajoutée. Vous pouvez désormais vous connecter avec elle.
passkey-removed = La clé d’accès a été supprimée. Vous pouvez aussi la supprimer sur votre appareil.
passkey-name-missing = Écrivez un nom court auquel vous reconnaissez la clé d’accès.
passkeys-too-many = Vous ne pouvez pas ajouter d’autre clé d’accès ici. Vous pouvez en avoir { $count } au plus ; supprimez-en une dont vous n’avez pas besoin.

## On the way

continue-hint = Si rien ne se passe, continuez ici :
continue = Continuer
allowed-title = Accès autorisé
denied-title = Vous avez refusé l’accès
login-over-title = Cette demande de connexion est terminée
login-over-words = Vous pouvez fermer cette fenêtre. Si vous aviez autorisé l’accès auparavant, vous pouvez y mettre fin dans vos connexions.
signed-in-title = Connecté
back-on-the-way = Vous allez être ramené à l’application.
close-hint = Une fois l’application ouverte, vous pouvez fermer cette page.
provider-title = Redirection vers la connexion
provider-on-the-way = Vous allez être dirigé vers { $host }, où vous vous connectez.

## A login that ended without access

no-access-title = Aucun accès
not-now-title = La connexion est impossible pour le moment
not-signed-in-title = Vous n’êtes pas connecté
back-to-application = Retour à l’application
reason-for-administrator = Code de la cause, pour votre administrateur
you-signed-in-as = Vous vous êtes connecté en tant que
provider-not-set-up = Ce serveur et votre fournisseur d’identité ne sont pas configurés pour fonctionner ensemble. Il est inutile de réessayer avant que votre administrateur ait modifié la configuration.
provider-unverified = La réponse du fournisseur d’identité n’a pas pu être vérifiée, vous n’avez donc pas été connecté. Votre administrateur peut en trouver la cause.
provider-unavailable = Votre fournisseur d’identité ne répond pas pour le moment. Revenez en arrière et réessayez dans quelques minutes.
provider-denied = La connexion a été annulée, ou votre fournisseur d’identité ne l’a pas permise. Vous pouvez revenir en arrière et réessayer.
provider-incomplete = Votre fournisseur d’identité n’a pas terminé la connexion, peut-être parce qu’elle a pris trop de temps. Revenez en arrière et réessayez.
rules-missing = Il n’est pas encore défini qui peut utiliser ce serveur. Votre administrateur doit le définir.
not-in-directory = Votre compte n’appartient pas à une organisation qui peut utiliser ce serveur.
not-managed = Votre compte n’est pas géré par une organisation qui peut utiliser ce serveur, bien que son adresse le laisse penser.
not-listed = Votre compte ne figure pas sur la liste des utilisateurs qui peuvent utiliser ce serveur.
email-not-verified = Seuls les utilisateurs dont l’adresse e-mail est vérifiée peuvent utiliser ce serveur, et votre fournisseur d’identité ne confirme pas que la vôtre l’est.
email-elsewhere = Votre adresse e-mail n’appartient pas à une organisation qui peut utiliser ce serveur.
not-in-group = Vous ne faites partie d’aucun des groupes qui peuvent utiliser ce serveur.

## How to connect

connect-title = Comment se connecter
connect-to = Se connecter à { $server }
connect-what = Des applications comme Claude, ChatGPT ou VS Code peuvent utiliser ce serveur. Ajoutez cette adresse dans votre application :
connect-address = Adresse
connect-next = Votre navigateur ouvre ensuite une page de ce serveur. Vous vous y connectez, puis vous autorisez ou refusez l’accès.
connect-in = Dans { $client }
connect-menu = Choisissez { $menu } et collez l’adresse.
connect-command = Tapez dans un terminal
connect-file = Ajoutez au fichier { $file }
connect-other = Dans une autre application
connect-other-way = Ajoutez un serveur MCP de type « Streamable HTTP » ou « HTTP » et collez l’adresse. Aucune clé n’est nécessaire.
connect-see = Voir ce qui est connecté

## Errors

failure-title = Cela n’a pas fonctionné
failure-general = La demande de connexion n’a pas pu aboutir. Retournez dans l’application et essayez de la connecter à nouveau.
failure-ours = Ce serveur ne peut pas répondre pour le moment. Réessayez dans quelques minutes.
failure-too-many = Il y a eu trop de requêtes. Réessayez { $when }.
reason-code = Code de la cause
details = Détails
requested = Demandée
registered = Enregistrée
client-missing = L’application ne s’est pas identifiée.
client-repeated = L’application a donné deux valeurs différentes pour son identité ou pour l’adresse à laquelle vous ramener.
operator-must-set-rules = Il n’est pas encore défini qui a accès ici. L’exploitant de ce serveur doit renseigner allowedUsers, allowedEmailDomains ou allowedGroups, et allowedTenants si les utilisateurs de n’importe quel annuaire Entra ID peuvent se connecter.
client-unknown = Ce serveur ne connaît pas l’application. Supprimez la connexion dans l’application et ajoutez-la à nouveau, afin que l’application s’enregistre de nouveau.
client-unreachable = Ce serveur ne parvient pas à joindre { $host }, qui publie la description de l’application. Réessayez dans un instant. Si le problème persiste, prévenez l’exploitant de ce serveur.
client-unreadable = Ce serveur n’a pas pu lire le document qui décrit l’application, ou ne l’accepte pas.
login-unknown = Cette connexion est terminée. Elle a peut-être été commencée dans un autre navigateur, ou votre navigateur n’accepte pas les cookies. Retournez dans l’application et essayez de la connecter à nouveau.
redirect-missing = L’application n’a pas indiqué à quelle adresse vous ramener, et elle n’en a pas enregistré exactement une.
redirect-private-use = L’application demande de vous ramener à une adresse d’un type que ce serveur n’accepte pas. L’exploitant de ce serveur peut l’autoriser : voir BOUNCER_REDIRECT_SCHEMES dans la documentation.
redirect-host = L’application demande de vous ramener à une adresse que ce serveur n’autorise pas. L’exploitant de ce serveur peut l’autoriser : voir allowedRedirectHosts dans la documentation.
redirect-unregistered = L’application demande de vous ramener à une adresse qu’elle n’a pas enregistrée. Rien n’a été partagé. Vous pouvez fermer cette page.
clock-skew = Les horloges du proxy et du serveur d’autorisation diffèrent de plus d’une minute. L’exploitant de ce serveur doit les corriger.
foreign-form = Ce formulaire n’a pas été envoyé depuis une page de ce serveur. Retournez dans l’application et essayez de la connecter à nouveau.
origin-hidden = Votre navigateur n’a pas indiqué de quelle page ce formulaire a été envoyé. Essayez avec un autre navigateur ou une version plus récente. Si cela ne suffit pas, dites à l’administrateur de ce serveur qu’un proxy ajoute l’en-tête Referrer-Policy: no-referrer à ses pages.

## Links to the operator’s own pages

support = Aide
imprint = Mentions légales
privacy = Confidentialité

## Dates and times

moment = { $day ->
    [1] 1er
   *[other] { $day }
 } { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
 } { $year } à { $hour }:{ $minute } UTC
in-seconds = { $count ->
    [one] dans { $count } seconde
   *[other] dans { $count } secondes
 }
in-minutes = { $count ->
    [one] dans { $count } minute
   *[other] dans { $count } minutes
 }
in-hours = { $count ->
    [one] dans { $count } heure
   *[other] dans { $count } heures
 }
in-days = { $count ->
    [one] dans { $count } jour
   *[other] dans { $count } jours
 }
