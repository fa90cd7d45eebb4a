#compdef aws-mfa
# Completion of aws-mfa for zsh: to be sourced, before or after compinit, or a file _aws-mfa in $fpath.
# The candidates come from aws-mfa itself.

_aws-mfa() {
    local -a answer
    # What is quoted comes without its quotes; the last word ends at the cursor.
    answer=("${(@f)$(AWS_MFA_COMPLETE=zsh command aws-mfa -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    local kind=${answer[1]% *} number=${answer[1]#* }
    shift answer
    case $kind in
        values)
            compset -p $number
            _describe -V value answer
            ;;
        files)
            compset -p $number
            _files
            ;;
        command)
            shift $number words
            ((CURRENT -= number))
            _normal -p aws-mfa
            ;;
        *)
            return 1
            ;;
    esac
}

# Before compinit there is nothing to register with: the first prompt after it will do.
_aws-mfa-register() {
    emulate -L zsh
    (( $+functions[compdef] )) || return 0
    compdef _aws-mfa aws-mfa
    precmd_functions=(${precmd_functions:#_aws-mfa-register})
    unfunction _aws-mfa-register
}

if [[ ${funcstack[1]-} == _aws-mfa ]]; then
    # zsh has loaded the file to complete something.
    unfunction _aws-mfa-register
    _aws-mfa "$@"
elif (( ${+functions[compdef]} )); then
    _aws-mfa-register
else
    typeset -ga precmd_functions
    precmd_functions+=(_aws-mfa-register)
fi
