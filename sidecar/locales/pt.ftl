# Os textos das páginas em português do Brasil.

## Signing in

sign-in-title = Entrar
sign-in-to = Entrar em { $server }
sign-in-for = Depois de entrar, você decide na próxima página se { $client } recebe acesso.
user-name = Nome de usuário
password = Senha
sign-in = Entrar
wrong-credentials = O nome de usuário ou a senha estão incorretos.
too-many-attempts = Houve tentativas demais. Tente novamente { $when }.
too-many-people = Há pessoas demais entrando neste momento. Tente novamente.
outdated = O que você enviou estava desatualizado e não foi usado. Esta página é a atual.

## Consent

consent-title = Permitir o acesso?
consent-question = Permitir que { $client } use { $server }?
unnamed-application = um aplicativo sem nome
by-operator = O operador deste servidor registrou o aplicativo.
verified = Verificado: o aplicativo é publicado por { $host }, e o acesso é dado a esse endereço.
described-elsewhere = O aplicativo está descrito em { $host }, mas o acesso seria dado a outro endereço, que ninguém verificou. Permita o acesso somente se você conhece o endereço abaixo.
unverified = Qualquer pessoa pode usar este nome, e ninguém o verificou. Permita o acesso somente se você conhece o endereço abaixo.
returns-to = O acesso é dado a
on-this-device = um aplicativo neste dispositivo ({ $place })
opens-on-this-device = o aplicativo deste dispositivo que abre links com { $scheme }
asks-to-use = Servidor
signed-in-as = Você entrou como
permissions = Ele pede estas permissões
scope-in-words = { $words } ({ $scope })
scope-profile = ver seu nome
scope-email = ver seu e-mail
always-required = { $scope }, sempre necessária
loopback-warning = O aplicativo é executado neste dispositivo, e nada comprova qual aplicativo é.
private-use-warning = A resposta abre um aplicativo neste dispositivo. Qualquer aplicativo pode reivindicar links desse tipo, e nada comprova qual deles é.
provider-next = Se você permitir o acesso, entrará em seguida em { $host }. Lá você também pode escolher outra conta.
did-you-start = Permita o acesso somente se você mesmo acabou de iniciar esta conexão. Se alguém enviou a você um link para esta página, escolha “{ deny }”.
another-account = Usar outra conta
allow = Permitir
deny = Negar

## Connections

sign-in-for-connections = Depois você vê quais aplicativos têm acesso em seu nome e pode revogá-lo.
sign-in-at = A seguir, você entra em { $host }.
connections-on-the-way = Você está sendo levado às suas conexões.
connections-title = Suas conexões
connections-count = Suas conexões ({ $count })
connections-shown = Esta página mostra de { $first } a { $last } de { $count }, primeiro as mais recentes.
connections-purpose = Estes aplicativos têm acesso a { $server } em seu nome. Encerre o que você não usa ou não conhece.
no-connections = Nenhum aplicativo tem acesso em seu nome.
connection-of = Conexão de { $client }
removed-application = um aplicativo removido
only-described = O aplicativo está descrito em { $host }, mas o acesso foi dado a outro endereço, que ninguém verificou.
own-name = Ninguém verificou o nome deste aplicativo.
connected-since = Conectado desde
last-used = Último uso
not-known = Não se sabe
seen-from = { $when }, da rede { $network }
granted-permissions = Permissões
end-connection = Encerrar a conexão de { $client }
end-all = Encerrar todas as conexões e tokens e sair dos outros navegadores
end-all-title = Encerrar todas as conexões e tokens e sair dos outros navegadores?
end-all-connections = { $count ->
    [one] { $count } conexão de um aplicativo com { $server } será encerrada.
   *[other] { $count } conexões de aplicativos com { $server } serão encerradas.
 }
end-all-tokens = { $count ->
    [one] { $count } token de acesso pessoal será encerrado.
   *[other] { $count } tokens de acesso pessoal serão encerrados.
 }
end-all-sessions = { $count ->
    [one] Você sairá de { $count } outro navegador.
   *[other] Você sairá de { $count } outros navegadores.
 }
end-all-words = O que for encerrado será recusado, no máximo, { $when }. Os aplicativos que você quer manter precisam ser conectados de novo, e os tokens, criados de novo.
ended-one = A conexão foi encerrada. O aplicativo ainda pode ter acesso, mas o perderá, no máximo, { $when }.
ended-all = Todas as conexões e todos os tokens de acesso pessoal foram encerrados, e você saiu de todos os outros navegadores. O que foi encerrado ainda pode funcionar, mas deixará de funcionar, no máximo, { $when }.
ended-before = Esta conexão já tinha sido encerrada.
older = Conexões mais antigas
newer = Conexões mais recentes
download-json = Baixar como JSON
sign-out = Sair
signed-out-title = Você saiu
signed-out-words = Seus aplicativos mantêm o acesso.
nothing-done = Nada foi alterado, porque a sessão havia terminado. Entre e tente novamente.
cancel = Cancelar
try-again = Tentar de novo

## Personal access tokens

personal-title = Tokens de acesso pessoal
personal-purpose = Com um token desses, um script ou um aplicativo que não consegue fazer login usa { $server } em seu nome. Quem tem um token tem o acesso que ele dá: guarde-o como uma senha.
no-personal-tokens = Você não tem nenhum token de acesso pessoal.
personal-token-of = Token: { $name }
token-made = Criado em
token-ends = Termina sozinho em
end-token = Encerrar o token: { $name }
ended-token = O token foi encerrado. Ele ainda pode funcionar, mas deixará de funcionar, no máximo, { $when }.
older-tokens = Tokens mais antigos
newer-tokens = Tokens mais recentes
new-token = Criar um token
new-token-title = Criar um token de acesso pessoal
token-name = Para que serve o token?
token-days = Dias até terminar (no máximo { $count })
create-token = Criar este token
token-created-title = Seu novo token
token-shown-once = Copie o token agora: ele é mostrado apenas uma vez. Guarde-o onde você guarda senhas.
token-header = Envie-o neste cabeçalho em cada solicitação
token-try = Para testá-lo, digite em um terminal
token-made-before = Este formulário já criou um token, e um token é mostrado apenas uma vez. Se você não o copiou, encerre-o e crie outro.
tokens-too-many = { $count ->
    [one] Você tem { $count } token, que é o máximo. Encerre um de que não precisa.
   *[other] Você tem { $count } tokens, que é o máximo. Encerre um de que não precisa.
 }
tokens-too-many-ended = Você encerrou tokens demais antes do prazo. Poderá criar outro quando alguns deles já teriam terminado sozinhos.
token-name-missing = Escreva um nome curto que diga para que serve o token.
token-days-wrong = { $count ->
    [one] O token pode durar { $count } dia.
   *[other] O token pode durar de 1 a { $count } dias.
 }
token-too-long = Com essas permissões o token seria longo demais. Escolha menos.
tokens-without-list = No momento não é possível criar tokens, porque este servidor não conseguiria encerrá-los. Seu administrador pode descobrir o motivo.
tokens-off = Este servidor não oferece tokens de acesso pessoal.
back-to-connections = Voltar às suas conexões
## Sua conta

sign-in-for-account = Em seguida, você vê como entra e pode mudar isso.
account-title = Sua conta
account-open = Senha e conta
present-password = Senha atual
new-password = Nova senha, com pelo menos { $count } caracteres
repeat-password = Nova senha mais uma vez
change-password = Alterar a senha
password-change-effect = Você sairá de todos os outros navegadores. Seus aplicativos mantêm o acesso.
password-by-administrator = Somente seu administrador pode alterar sua senha.
password-changed = Sua senha foi alterada, e você saiu de todos os outros navegadores. Seus aplicativos mantêm o acesso.
present-password-wrong = A senha atual está incorreta.
passwords-differ = As duas novas senhas não são iguais. Digite-as novamente.
password-same = A nova senha é a atual. Escolha outra.
password-short = A nova senha tem menos de { $count } caracteres. Escolha uma mais longa.
password-guessable = A nova senha é fácil de adivinhar: ela consiste principalmente em palavras comuns, nomes, repetições ou sequências. Escolha outra, por exemplo várias palavras sem relação entre si.
password-not-written = A senha não foi alterada, porque este servidor não consegue salvá-la. Seu administrador pode descobrir o motivo.

## O segundo fator

second-factor-title = Digite um código
second-factor-prompt = Digite os seis dígitos que seu aplicativo autenticador mostra. Se você não o tem mais, digite um dos seus códigos de recuperação.
code = Código
code-wrong = O código está incorreto ou já foi usado. Digite o próximo que o aplicativo mostrar.
second-factor = Código de um aplicativo
second-factor-off = Com sua senha, nenhum código é pedido. Se configurar isto, também precisará de um código de um aplicativo no seu telefone, e quem souber apenas sua senha não conseguirá entrar.
second-factor-demanded = Seu administrador exige isto, por isso você não pode desativá-lo. Se perder seu telefone, seu administrador pode redefini-lo.
second-factor-turned-off = Desativado. Você entra apenas com sua senha.
turn-off = Desativar
set-up = Configurar
set-up-title = Configurar um código de um aplicativo
set-up-required = Para entrar neste servidor, você precisa, além da senha, de um código de um aplicativo no seu telefone. Configure-o agora.
set-up-how = Escaneie esta imagem com um aplicativo autenticador no seu telefone ou digite a chave nele. Depois, digite os seis dígitos que ele mostrar.
set-up-picture = Código QR para seu aplicativo autenticador
set-up-key = Chave
set-up-open = Abrir em um aplicativo neste dispositivo
set-up-code = Código que o aplicativo mostra
set-up-effect = Você sairá de todos os outros navegadores. Seus aplicativos mantêm o acesso.
set-up-since = Configurado em
recovery-title = Seus códigos de recuperação
recovery-words = Se perder seu telefone, você pode entrar com um destes códigos. Cada um funciona uma vez. Guarde-os em um lugar seguro: eles não serão mostrados novamente.
recovery-codes = Códigos de recuperação
recovery-codes-left = { $count ->
    [one] { $count } código restante
   *[other] { $count } códigos restantes
 }
recovery-codes-new = Para obter novos códigos de recuperação, desative e configure novamente.

## Chaves de acesso

passkey-sign-in = Entrar com uma chave de acesso
passkey-failed = Você não entrou com uma chave de acesso. Tente de novo ou entre com a sua senha.
passkeys = Chaves de acesso
passkeys-what = Com uma chave de acesso, você entra com a sua impressão digital, o seu rosto ou o PIN do seu dispositivo. Assim, não precisa da senha nem de um código.
passkey-name = Como você chama esta chave de acesso? Indique, por exemplo, o dispositivo.
passkey-called = Nome
passkey-host = Para
passkey-added-on = Adicionada em
not-used = Ainda não
passkey-remove = Remover { $name }
passkey-add = Adicionar uma chave de acesso
passkey-how = Primeiro mostre que é você. Depois, o navegador pede que você desbloqueie o dispositivo e guarda nele a chave de acesso.
passkey-next = Agora o navegador pede que você desbloqueie o dispositivo.
passkey-make = Criar a chave de acesso
passkey-unsupported = Este navegador não consegue criar chaves de acesso aqui. Use outro navegador ou permita JavaScript nesta página.
passkey-not-added = A chave de acesso não foi adicionada. Tente de novo ou use outro dispositivo.
passkey-added = A chave de acesso foi adicionada. A partir de agora, você pode entrar com ela.
passkey-removed = A chave de acesso foi removida. Você também pode apagá-la no dispositivo.
passkey-name-missing = Escreva um nome curto pelo qual você reconheça a chave de acesso.
passkeys-too-many = Você não pode adicionar outra chave de acesso aqui. É possível ter no máximo { $count }; remova uma de que não precise.

## On the way

continue-hint = Se nada acontecer, continue aqui:
continue = Continuar
allowed-title = Acesso permitido
denied-title = Você negou o acesso
login-over-title = Esta entrada terminou
login-over-words = Você pode fechar esta janela. Se você já tinha permitido o acesso, pode encerrá-lo em suas conexões.
signed-in-title = Você entrou
back-on-the-way = Você está sendo levado de volta ao aplicativo.
close-hint = Quando o aplicativo abrir, você pode fechar esta página.
provider-title = A caminho da página de entrada
provider-on-the-way = Você está sendo levado a { $host }, onde entrará.

## A login that ended without access

no-access-title = Sem acesso
not-now-title = Não é possível entrar agora
not-signed-in-title = Você não entrou
back-to-application = Voltar ao aplicativo
reason-for-administrator = Código do motivo para seu administrador
you-signed-in-as = Você entrou como
provider-not-set-up = Este servidor e seu provedor de identidade não estão configurados para funcionar juntos. Tentar novamente não ajudará até que seu administrador altere a configuração.
provider-unverified = Não foi possível verificar a resposta do provedor de identidade, por isso você não entrou. Seu administrador pode descobrir o motivo.
provider-unavailable = Seu provedor de identidade não está respondendo no momento. Volte e tente novamente em alguns minutos.
provider-denied = A entrada foi cancelada, ou seu provedor de identidade não a permitiu. Você pode voltar e tentar novamente.
provider-incomplete = Seu provedor de identidade não concluiu a entrada, talvez porque tenha demorado demais. Volte e tente novamente.
rules-missing = Ainda não está configurado quem pode usar este servidor. Seu administrador precisa configurar isso.
not-in-directory = Sua conta não pertence a uma organização que pode usar este servidor.
not-managed = Sua conta não é gerenciada por uma organização que pode usar este servidor, embora o endereço dela sugira isso.
not-listed = Sua conta não está na lista de usuários que podem usar este servidor.
email-not-verified = Somente usuários com um e-mail verificado podem usar este servidor, e seu provedor de identidade não confirma que o seu é verificado.
email-elsewhere = Seu e-mail não pertence a uma organização que pode usar este servidor.
not-in-group = Você não está em nenhum dos grupos que podem usar este servidor.

## How to connect

connect-title = Como conectar
connect-to = Conectar a { $server }
connect-what = Aplicativos como Claude, ChatGPT ou VS Code podem usar este servidor. Adicione este endereço ao seu aplicativo:
connect-address = Endereço
connect-next = Depois, o seu navegador abre uma página deste servidor. Nela, você entra na sua conta e permite ou nega o acesso.
connect-in = No { $client }
connect-menu = Escolha { $menu } e cole o endereço.
connect-command = Digite em um terminal
connect-file = Adicione ao arquivo { $file }
connect-other = Em outro aplicativo
connect-other-way = Adicione um servidor MCP do tipo “Streamable HTTP” ou “HTTP” e cole o endereço. Nenhuma chave é necessária.
connect-see = Ver o que está conectado

## Errors

failure-title = Não funcionou
failure-general = Não foi possível concluir a entrada. Volte ao aplicativo e tente conectá-lo novamente.
failure-ours = Este servidor não consegue responder no momento. Tente novamente em alguns minutos.
failure-too-many = Houve solicitações demais. Tente novamente { $when }.
reason-code = Código do motivo
details = Detalhes
requested = Solicitado
registered = Registrado
client-missing = O aplicativo não se identificou.
client-repeated = O aplicativo informou dois valores diferentes para sua identidade ou para o endereço ao qual você deve voltar.
operator-must-set-rules = Ainda não está configurado quem tem acesso aqui. O operador deste servidor precisa definir allowedUsers, allowedEmailDomains ou allowedGroups, e allowedTenants se usuários de qualquer diretório do Entra ID puderem entrar.
client-unknown = Este servidor não conhece o aplicativo. Remova a conexão no aplicativo e adicione-a novamente, para que ele se registre de novo.
client-unreachable = Este servidor não consegue acessar { $host }, que publica a descrição do aplicativo. Tente novamente daqui a pouco. Se o problema continuar, avise o operador deste servidor.
client-unreadable = Este servidor não conseguiu ler o documento que descreve o aplicativo, ou não o aceita.
login-unknown = Esta entrada terminou. Talvez ela tenha sido iniciada em outro navegador, ou seu navegador não aceite cookies. Volte ao aplicativo e tente conectá-lo novamente.
redirect-missing = O aplicativo não informou a qual endereço você deve voltar e não registrou exatamente um.
redirect-private-use = O aplicativo pede para levar você de volta a um endereço de um tipo que este servidor não aceita. O operador deste servidor pode permiti-lo: veja BOUNCER_REDIRECT_SCHEMES na documentação.
redirect-host = O aplicativo pede para levar você de volta a um endereço que este servidor não permite. O operador deste servidor pode permiti-lo: veja allowedRedirectHosts na documentação.
redirect-unregistered = O aplicativo pede para levar você de volta a um endereço que ele não registrou. Nada foi compartilhado. Você pode fechar esta página.
clock-skew = Os relógios do proxy e do servidor de autorização diferem em mais de um minuto. O operador deste servidor precisa corrigi-los.
foreign-form = Este formulário não foi enviado por uma página deste servidor. Volte ao aplicativo e tente conectá-lo novamente.
origin-hidden = Seu navegador não informou de qual página este formulário foi enviado. Tente outro navegador ou um mais recente. Se isso não ajudar, diga ao administrador deste servidor que um proxy adiciona o cabeçalho Referrer-Policy: no-referrer às suas páginas.

## Links to the operator’s own pages

support = Ajuda
imprint = Aviso legal
privacy = Privacidade

## Dates and times

moment = { $day } de { $month ->
    [1] janeiro
    [2] fevereiro
    [3] março
    [4] abril
    [5] maio
    [6] junho
    [7] julho
    [8] agosto
    [9] setembro
    [10] outubro
    [11] novembro
   *[12] dezembro
 } de { $year }, { $hour }:{ $minute } UTC
in-seconds = { $count ->
    [one] em { $count } segundo
   *[other] em { $count } segundos
 }
in-minutes = { $count ->
    [one] em { $count } minuto
   *[other] em { $count } minutos
 }
in-hours = { $count ->
    [one] em { $count } hora
   *[other] em { $count } horas
 }
in-days = { $count ->
    [one] em { $count } dia
   *[other] em { $count } dias
 }
