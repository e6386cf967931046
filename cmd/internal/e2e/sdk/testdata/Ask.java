import com.google.auth.oauth2.ComputeEngineCredentials;
import com.google.auth.oauth2.GoogleCredentials;

/** Asks Google's library for Java for tokens, and prints what it finds, a line each. */
public class Ask {
  public static void main(String[] args) throws Exception {
    GoogleCredentials found =
        GoogleCredentials.getApplicationDefault()
            .createScoped("https://www.googleapis.com/auth/cloud-platform");
    System.out.println(found.getClass().getSimpleName());
    System.out.println(found.refreshAccessToken().getTokenValue());
    ComputeEngineCredentials machine = ComputeEngineCredentials.create();
    System.out.println(machine.refreshAccessToken().getTokenValue());
    System.out.println(machine.getAccount());
    System.out.println(machine.idTokenWithAudience("https://run.example.com", null).getTokenValue());
  }
}
