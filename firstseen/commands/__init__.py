"""The commands of ``firstseen``, grouped by purpose."""
