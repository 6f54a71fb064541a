package dev.tributary.phase1;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.authenticator.SaslClientCallbackHandler;

/** A callback handler as operators bring their own, which says which clients have used it. */
public final class OwnCallbackHandler extends SaslClientCallbackHandler {
  static final Set<String> CLIENTS = ConcurrentHashMap.newKeySet();

  @Override
  public void configure(
      Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> login) {
    CLIENTS.add(configs.containsKey("isolation.level") ? "consumer" : "admin");
    super.configure(configs, mechanism, login);
  }
}
